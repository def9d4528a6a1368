//! The words of the page's own furniture, English and Simplified Chinese side by side: an id without its
//! translation does not compile. Sentences about events are in `narrate`.

pub use crate::narrate::Locale;
use crate::narrate::lookup;

macro_rules! words {
    (first [$($first:ident),*] $($id:ident: $en:literal, $zh:literal;)*) => {
        /// A text of the page.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub enum Word { $($id),* }

        impl Word {
            pub const ALL: &[Word] = &[$(Word::$id),*];

            #[inline(never)]
            const fn any_pair(self) -> (&'static str, &'static str) {
                match self { $(Word::$id => ($en, $zh)),* }
            }

            lookup! { Word, pair, any_pair -> (&'static str, &'static str), first [$($first),*] }
        }
    };
}

/// A language that knows the page's words.
pub trait Say {
    /// The text of `word`.
    fn t(self, word: Word) -> &'static str;
    /// The text of `word` with `{0}`, `{1}` … replaced.
    fn f(self, word: Word, args: &[&str]) -> String;
}

impl Say for Locale {
    fn t(self, word: Word) -> &'static str {
        match self {
            Locale::En => word.pair().0,
            Locale::ZhHans => word.pair().1,
        }
    }

    fn f(self, word: Word, args: &[&str]) -> String {
        let mut text = self.t(word).to_owned();
        for (i, arg) in args.iter().enumerate() {
            text = text.replace(&format!("{{{i}}}"), arg);
        }
        text
    }
}

words! {
    first [
        Tagline, Stage, StageRoom, StageZoomIn, StageZoomOut, StageZoomFit, StageZoomAt, Terminals, Timeline,
        Inspector, Playback, Nodes, Share, SaveRdb, Open, Dark, Light, StartOver, Panels, Legend,
        LegendReplica, LegendSent, LegendRdb, LegendHeld, LegendLost, Lessons, Lesson, Back, NextPage, Play,
        Pause, Step, StepBack, NextMilestone, PreviousMilestone, Speed, SpeedValue, Skipped, Moment, GoTo,
        WholeRecording, Breakpoints, BreakFull, BreakLoaded, BreakAdd, BranchUpTo, ZoomIn, ZoomOut, NodeName,
        Master, ReplicaOf, AloneShort, Offset, DataOf, NoData, Keys, OneKey, ReplicasOf, ReplicationId, RunId,
        ActionsFor, Acked, StageOnline, Bytes, LinkConnect, LinkConnecting, LinkPong, LinkPort, LinkPsync,
        LinkTransfer, Receiving, Loading, LinkConnected, StationConnect,
        StationPing, StationConf, StationPsync, StationRdb, StationStream, BacklogOf, BacklogFill,
        BacklogEvicted, BacklogOlder, MarkerAt, InDatabase, CutLink, MoreLink, Cut, LinkCut, AddNode,
        FirstStep, StepsDone, TypeForMe, Dismiss, AskJoin, WatchJoin, TakeTour, EndTour, Help, CommandFor,
        TerminalOf, TerminalHint, Send, GoThere, Why, Wire, State, Invariants, WhatHappened, WhyItMatters,
        RoutineBetween, RoutineOne, ShowRoutine, DecisionAgain, Decision, DecisionHead, Position, BytesHead, BytesLit,
        MoreDifferences, Key, Holds, SameHistory, StillThereAny, Follows, IsOwn, NothingKnown, ThenRdb, No,
        NotAsked
    ]

    Tagline: "Redis replication, happening in front of you", "Redis 主从复制，就在你眼前发生";
    Stage: "Stage", "舞台";
    StageRoom: "Nodes and links", "节点与链路";
    StageZoomIn: "Zoom in (Z)", "放大（Z）";
    StageZoomOut: "Zoom out (Shift Z)", "缩小（Shift Z）";
    StageZoomFit: "Fit (0)", "适合窗口（0）";
    StageZoomAt: "Zoom: {0}%", "缩放：{0}%";
    Terminals: "Terminals", "终端";
    Timeline: "Timeline", "时间线";
    Inspector: "Inspector", "观察";
    Playback: "Playback", "播放控制";
    Nodes: "Nodes", "节点";

    // -- top bar
    Share: "Share", "分享";
    ShareLink: "Link to this moment", "此刻的链接";
    ShareHolds: "Whoever opens it sees {0} of the world's time, paused, as you see it: the nodes, all that was done on this branch of history, and how it came out.", "打开者会看到与你相同的 {0}（节点时间），处于暂停状态：包含所有节点、此历史分支上的全部操作及其结果。";
    ShareBranches: "It carries this branch only; the other {0} stay here.", "只包含当前分支；其余 {0} 个留在这里。";
    ShareRdb: "The RDB file that was loaded travels in it, too.", "载入的 RDB 文件也包含在内。";
    ShareFine: "{0} characters: every program takes it whole.", "{0} 个字符：任何程序都能完整传递。";
    ShareLong: "{0} characters: some chat programs cut a message at 2,000. A file is safer.", "{0} 个字符：有些聊天软件会在 2,000 字符处截断消息。用文件更稳妥。";
    ShareFile: "{0} characters: too long for most programs. Better send the scenario as a file.", "{0} 个字符：对大多数软件来说太长。建议以文件形式发送场景。";
    Copy: "Copy", "复制";
    Copied: "Copied", "已复制";
    CopyByHand: "The browser does not let the page copy: select the text and copy it.", "浏览器不允许页面写入剪贴板：请选中文字后复制。";
    Embed: "To embed it in a page", "嵌入网页";
    EmbedFrame: "Redis replication in Resync", "Resync 中的 Redis 复制";
    Downloads: "As files", "下载文件";
    SaveScenario: "Scenario (.resync)", "场景（.resync）";
    SaveTranscript: "What happened (.txt)", "发生的事件（.txt）";
    SaveRdb: "RDB of {0}", "{0} 的 RDB";
    SaveRdbNote: "A real server of the node's release loads the RDB.", "与节点同版本的真实服务器可以载入此 RDB。";
    Open: "Open", "打开";
    OpenFile: "Choose a file …", "选择文件 …";
    OpenFileNote: "A scenario takes the place of what is shown, which is kept. An RDB file is loaded by {0}, which restarts. Files can be dropped anywhere on the page; nothing leaves it.", "场景会取代当前内容（当前内容会保留）。RDB 文件由 {0} 载入并重启。也可以把文件拖放到页面任意处；文件不会离开本页。";
    DropHere: "Drop a scenario or an RDB file", "拖放场景或 RDB 文件";
    EarlierWorks: "Your earlier work", "你之前的内容";
    NoWorks: "Nothing yet. What you do is kept in this browser as you do it.", "暂无。你的操作会随时保存在此浏览器中。";
    WorkUntitled: "Your own experiment", "自己的实验";
    WorkHolds: "{0} nodes, {1} things done, {2} s", "{0} 个节点，{1} 次操作，{2} 秒";
    WorkHoldsLast: "{0} nodes, {1} things done, {2} s; last: {3}", "{0} 个节点，{1} 次操作，{2} 秒；最后：{3}";
    WorkShown: "shown now", "当前";
    WorkEarlier: "Your work is kept: {0} ({1}).", "你之前的内容已保留：{0}（{1}）。";
    WorkKept: "What you had is kept.", "原来的内容已保留。";
    WorkBack: "Back to it", "返回";
    Forget: "Forget {0}", "删除 {0}";
    KeepRefused: "This browser does not let the page keep anything, or its storage is full: a link or a file keeps your work.", "浏览器不允许页面保存数据，或存储空间已满：请用链接或文件保存你的内容。";
    KeptBad: "What was kept cannot be opened: {0}.", "保存的内容无法打开：{0}。";
    KeptDamaged: "it is damaged at line {0}", "第 {0} 行已损坏";
    OpeningNow: "Opening: everything is played once, up to its moment.", "正在打开：从头重演，直到该时刻。";
    OpeningGivenUp: "Opening was given up. What you had is still here.", "已取消打开，原来的内容仍在。";
    Cancel: "Cancel", "取消";
    FileOpened: "{0} is open, paused.", "已打开 {0}，处于暂停状态。";
    FileBad: "{0} cannot be opened: {1}.", "无法打开 {0}：{1}。";
    FileUnread: "{0} cannot be read, or it is larger than 4 MB.", "无法读取 {0}，或文件大于 4 MB。";
    FileUnknown: "{0} is neither a scenario nor an RDB file.", "{0} 既不是场景也不是 RDB 文件。";
    RdbLoaded: "{1} has restarted with {0}: {2} keys.", "{1} 已用 {0} 重启：{2} 个键。";
    Dark: "Dark", "深色";
    Light: "Light", "浅色";
    Shortcuts: "Shortcuts", "快捷键";
    StartOver: "Start over", "重新开始";
    Close: "Close", "关闭";

    Panels: "Panels", "面板";
    Legend: "What the colours mean", "颜色的含义";
    LegendReplica: "replica", "从服务器";
    LegendSent: "propagated", "命令传播";
    LegendRdb: "RDB", "RDB";
    LegendHeld: "buffered", "已缓冲";
    LegendLost: "lost", "丢失";

    Lessons: "Lessons", "课程";
    Lesson: "Lesson", "课程";
    LessonOf: "Lesson {0} of {1}", "第 {0} 课，共 {1} 课";
    PageOf: "page {0} of {1}", "第 {0} 页，共 {1} 页";
    CloseLesson: "Close the lesson", "关闭课程";
    Back: "Back", "上一步";
    Example: "Live example", "可运行的例子";
    NextLesson: "Next lesson", "下一课";
    Finished: "finished", "已完成";
    PageNow: "Jump there", "直接跳过去";
    NextPage: "Next", "下一步";
    ComeBack: "Come back to the lesson", "回到课程";
    LookAt: "Look at", "请看";
    TookOver: "You have taken over: this is your own branch. The lesson waits where you left it.", "你已接手操作：这是你自己的分支。课程停在你离开的地方。";

    // -- shortcuts
    KeyPlay: "Play or pause", "播放或暂停";
    KeyFaster: "Faster", "加快";
    KeySlower: "Slower", "减慢";
    KeyZoom: "On the stage: larger, smaller, fit", "在舞台上：放大、缩小、适合窗口";
    KeyHelp: "These shortcuts", "本列表";
    KeyTerminal: "Terminal of the n-th node", "第 n 个节点的终端";
    KeyNextTerminal: "Terminal of the node before or after, while typing", "输入时：上一个或下一个节点的终端";
    KeyBranch: "Branch before or after", "上一个或下一个分支";
    KeysOn: "Single-key shortcuts", "单键快捷键";
    KeysNote: "They rest while you type. Menus and tabs are walked with the arrow keys; Escape leaves.", "输入文字时不生效。菜单和标签页用方向键移动，Esc 退出。";

    // -- transport
    Play: "Play", "播放";
    Pause: "Pause", "暂停";
    Step: "Step", "单步";
    StepBack: "Step back", "后退一步";
    NextMilestone: "Next milestone", "下一个里程碑";
    PreviousMilestone: "Previous milestone", "上一个里程碑";
    Speed: "Speed", "速度";
    SpeedValue: "1 s shows {0}", "每秒播放 {0}";
    Skipped: "{0} skipped, to {1}", "跳过 {0}，直到{1}";
    Moment: "Moment", "时刻";

    WaitInput: "what was done next", "接下来的操作";
    Forked: "You acted in the past: a new branch begins here. The old future is kept.", "你在过去做了操作：新的分支从这里开始，原来的未来仍然保留。";

    GoTo: "Go to second …", "跳到第 … 秒";
    WholeRecording: "Whole recording", "全部录制";

    // -- breakpoints
    Breakpoints: "Breakpoints", "断点";
    BreakpointsSet: "Breakpoints · {0}", "断点 · {0}";
    BreaksWhat: "Play stops when one of these comes true.", "其中任何一个成立时，播放就会停下。";
    BreakAnswer: "PSYNC is answered", "PSYNC 得到答复";
    BreakFull: "+FULLRESYNC", "+FULLRESYNC";
    BreakContinue: "+CONTINUE", "+CONTINUE";
    BreakError: "-ERR to PSYNC", "PSYNC 得到 -ERR";
    BreakFellOff: "A replica falls off the backlog", "从服务器所需字节被淘汰";
    BreakEvicted: "First byte evicted", "首次淘汰字节";
    BreakLost: "Link to the master lost", "与主服务器断开";
    BreakLoaded: "RDB loaded", "RDB 载入完成";
    BreakPromoted: "Promotion", "提升为主服务器";
    BreakOwn: "Own condition", "自定条件";
    BreakOwnHint: "for instance b.offset >= 200, or event a.snapshot-started", "例如 b.offset >= 200，或 event a.snapshot-started";
    BreakAdd: "Add", "添加";
    BreakRemove: "Remove the breakpoint {0}", "移除断点 {0}";
    BreakOn: "Stop at {0}", "停在：{0}";
    BreakHit: "Stopped: {0}", "已停：{0}";
    BreakHitAt: "Stopped: {0}, at {1}", "已停：{0}（{1}）";

    // -- branches
    Branches: "Branches", "分支";
    BranchOf: "Branch {0} of {1}", "分支 {0} / {1}";
    BranchesWhat: "Whoever acts in the past begins a branch. Every future is kept.", "在过去操作会开出新分支。每一个未来都会保留。";
    BranchNumber: "Branch {0}", "分支 {0}";
    BranchFirst: "from the beginning", "从头开始";
    BranchLeft: "leaves branch {0} at {1}", "在 {1} 离开分支 {0}";
    BranchLeftGone: "leaves at {0}", "在 {0} 离开";
    BranchUpTo: "up to {0}", "至 {0}";
    BranchStarts: "Branch {0} begins here: go over to it", "分支 {0} 从这里开始：转到该分支";
    BranchBack: "This branch leaves branch {0} here: go back to it", "此分支在这里离开分支 {0}：回到该分支";
    ZoomIn: "Zoom in", "放大";
    ZoomOut: "Zoom out", "缩小";

    // -- cards
    NodeName: "Node {0}", "节点 {0}";
    Master: "master", "主服务器";
    ReplicaOf: "replica of {0}", "{0} 的从服务器";
    AloneShort: "alone", "独立";
    Crashed: "crashed", "已崩溃";
    CrashedHint: "The process is gone and its memory with it. A restart gets a new run ID.", "进程已消失，内存数据也随之丢失。重启后会得到新的运行 ID。";
    PausedProcess: "paused", "已暂停";
    Offset: "offset", "偏移量";
    NoOffset: "2.6 counts no bytes", "2.6 不计偏移量";
    DataOf: "Data of {0}", "{0} 的数据";
    NoData: "no keys", "没有键";
    Keys: "{0} keys", "{0} 个键";
    OneKey: "{0} key", "{0} 个键";
    ReplicasOf: "Replicas of {0}", "{0} 的从服务器";
    ReplicationId: "Replication ID {0}", "复制 ID {0}";
    RunId: "Run ID {0}", "运行 ID {0}";
    NoId: "no ID", "无 ID";
    ActionsFor: "Actions for {0}", "{0} 的操作";
    Acked: "ack {0}", "确认 {0}";
    Tiles: "{0} commands kept for {1}, {2} bytes", "为 {1} 缓冲了 {0} 条命令，{2} 字节";
    StageWaitsStart: "waits for a snapshot", "等待快照";
    StageWaitsEnd: "snapshot is being made", "正在生成快照";
    StageTransfer: "RDB is going out", "正在发送 RDB";
    StageAwaitsAck: "waits for its first ACK", "等待首个 ACK";
    StageOnline: "online", "在线";
    SnapshotLabel: "snapshot {0} of {1} ms", "快照 {0} / {1} 毫秒";
    Receiving: "RDB arriving", "正在接收 RDB";
    Loading: "loading RDB", "正在载入 RDB";
    Bytes: "{0} B", "{0} 字节";
    BytesOf: "{0} of {1} B", "{0} / {1} 字节";
    Teaching: "teaching size", "教学用";

    // -- handshake stations
    LinkNone: "not a replica", "不是从服务器";
    LinkConnect: "must connect to {0}", "需要连接 {0}";
    LinkConnecting: "connecting to {0}", "正在连接 {0}";
    LinkPong: "sent PING, waits for PONG", "已发 PING，等待 PONG";
    LinkAuth: "sent AUTH, waits", "已发 AUTH，等待中";
    LinkPort: "told its port, waits", "已告知端口，等待中";
    LinkIp: "told its address, waits", "已告知地址，等待中";
    LinkCapa: "told what it can do, waits", "已告知能力，等待中";
    LinkPsync: "sent PSYNC, waits for the answer", "已发 PSYNC，等待回复";
    LinkTransfer: "waits for RDB", "等待 RDB";
    LinkConnected: "in sync", "已同步";
    StationConnect: "connect", "连接";
    StationPing: "PING", "PING";
    StationConf: "REPLCONF", "REPLCONF";
    StationPsync: "PSYNC", "PSYNC";
    StationRdb: "RDB", "RDB";
    StationStream: "stream", "复制流";

    // -- tape
    BacklogOf: "Backlog of {0}", "{0} 的复制积压缓冲区";
    BacklogFill: "{0} of {1} bytes", "{0} / {1} 字节";
    BacklogEvicted: "{0} evicted", "已淘汰 {0}";
    BacklogOlder: "{0} older bytes", "更早的 {0} 字节";
    BacklogNone: "No backlog yet: it is created when the first replica attaches.", "尚无积压缓冲区：第一个从服务器连上时才会创建。";
    BacklogGone: "A backlog lies in memory: it went with the process.", "积压缓冲区只在内存里：进程没了，它也没了。";
    BacklogNever: "2.6 keeps no backlog: every reconnection copies everything.", "2.6 没有积压缓冲区：每次重连都要完整复制。";
    MarkerAt: "{0}: has {1}", "{0} 已到 {1}";
    MarkerWants: "{0}: wants {1}", "{0} 需要 {1}";
    MarkerLost: "{0}: wants {1}, which is gone: everything must be copied", "{0} 需要 {1}：已被淘汰，必须完整重同步";

    // -- data
    ExpiresIn: "expires in {0}", "{0}后过期";
    ExpiredKept: "expired; a replica keeps it until its master's DEL arrives", "已过期；从服务器会保留到主服务器的 DEL 到达";
    InDatabase: "database {0}", "{0} 号数据库";
    SecondId: "It also knows the history {0}: a replica that followed it and wants byte {1} or an earlier one can continue here.", "它也知道历史 {0}：跟随过它、需要第 {1} 字节或更早字节的从服务器可在此继续。";

    // -- links
    CutLink: "Cut the link {0}–{1}", "切断 {0}–{1} 的连接";
    HealLink: "Heal the link {0}–{1}", "恢复 {0}–{1} 的连接";
    MoreLink: "More for the link {0}–{1}", "{0}–{1} 连接的更多操作";
    Cut: "Cut", "切断";
    Heal: "Heal", "恢复";
    LinkOpened: "A shared moment, paused where it was shared. Press play to go on.", "分享的时刻，停在分享时的位置。按播放继续。";
    LinkBad: "This link cannot be opened: {0}.", "无法打开此链接：{0}。";
    LinkNotALink: "there is no scenario in it", "其中没有场景";
    LinkNewer: "a newer version of Resync made it (format {0}); reload the page to get that version", "它由更新版本的 Resync 生成（格式 {0}），请刷新页面获取新版本";
    LinkTooLong: "it has {0} characters, and at most {1} are read", "它有 {0} 个字符，最多读取 {1} 个";
    LinkDamaged: "characters are missing or were changed on the way; ask for it again", "传递中有字符丢失或被改动，请重新索取";
    LinkTooLarge: "it unpacks to more than {0} bytes", "解压后超过 {0} 字节";
    LinkNotText: "what it contains is no scenario text", "其内容不是场景文本";
    LinkTooMuch: "No link: it would have {0} characters, and at most {1} are read. The scenario can be saved as a file.", "无法生成链接：需要 {0} 个字符，最多读取 {1} 个。可以将场景保存为文件。";
    ScenarioBad: "line {0}, column {1}: expected {2}, found {3}", "第 {0} 行第 {1} 列，需要：{2}；实际：{3}";
    DidYouMean: "; did you mean “{0}”?", "；是不是“{0}”？";
    ReplayTooLong: "it is too long: more than 400,000 events (at {0})", "太长：超过 400,000 个事件（在 {0}）";
    ReplayTooMuch: "it takes too much work (given up at {0})", "计算量太大（在 {0} 放弃）";
    ReplayTooBig: "it writes too much data (given up at {0})", "写入数据太多（在 {0} 放弃）";
    LinkStopped: "The scenario stopped early, at line {0}: {1}", "场景提前停在第 {0} 行：{1}";
    LinkDiffers: "This version of Resync comes to another outcome than was promised, from milestone {0} on (at {1}): {2}", "从第 {0} 个里程碑（{1}）起，当前版本 Resync 的结果与承诺的不同：{2}";
    LinkCut: "cut", "已断开";
    LinkBlackhole: "black hole", "黑洞";
    Slow: "Slow (200 ms, 8 kbit/s)", "变慢（200 毫秒，8 kbit/s）";
    NormalSpeed: "Normal speed (20 ms)", "正常速度（20 毫秒）";
    Blackhole: "Black hole: nobody is told", "黑洞：无人知晓";

    CutOneWay: "Cut {0} → {1} only", "只切断 {0} → {1}";
    BlackholeOneWay: "Black hole {0} → {1} only", "仅 {0} → {1} 进入黑洞";
    OneWay: "{0} → {1}: {2}", "{0} → {1}：{2}";
    OwnValues: "Own values …", "自定义数值…";
    LatencyMs: "Latency (ms)", "延迟（毫秒）";
    BandwidthKbit: "Bandwidth (kbit/s, empty: no limit)", "带宽（kbit/s，留空为不限）";
    BacklogBytes: "repl-backlog-size (bytes)", "repl-backlog-size（字节）";
    RingBytes: "Teaching backlog (bytes; restarts)", "教学积压缓冲区（字节，重启）";
    SnapshotMs: "BGSAVE takes (ms)", "BGSAVE 用时（毫秒）";
    EnterApplies: "Enter applies, Escape closes.", "回车应用，Esc 关闭。";
    ReplicateFrom: "Replicate: SLAVEOF {0} {1}", "复制：SLAVEOF {0} {1}";

    // -- node actions
    Crash: "Crash", "崩溃";
    Restart: "Restart", "重启";
    PauseProcess: "Pause process", "暂停进程";
    ResumeProcess: "Resume process", "恢复进程";
    RemoveNode: "Remove node", "移除节点";
    AddNode: "Add node", "添加节点";
    VersionRestarts: "Redis {0} (restarts)", "Redis {0}（重启）";
    SmallBacklog: "Teaching backlog {0} B (restarts)", "教学积压缓冲区 {0} 字节（重启）";
    RealBacklog: "Real backlog (restarts)", "真实积压缓冲区（重启）";
    Promote: "Promote: SLAVEOF NO ONE", "提升为主服务器：SLAVEOF NO ONE";

    // -- first visit
    FirstStep: "What to try next", "接下来试试";
    StepsDone: "{0} of {1} seen", "已看到 {0} / {1}";
    TypeForMe: "Type it for me", "替我输入";
    DoIt: "Do it for me", "替我操作";
    CutIt: "Cut it", "切断";
    Dismiss: "Hide the suggestions (the help brings them back)", "隐藏提示（可在帮助里重新打开）";
    AskJoin: "`{0}` is alone. Make it a copy of `{1}`: type in the terminal of `{0}`", "`{0}` 还是独立的。让它成为 `{1}` 的副本：在 `{0}` 的终端输入";
    WatchJoin: "Watch `{0}`: it connects to `{1}`, asks for the data, and gets everything.", "请看 `{0}`：它连接 `{1}`，请求数据，得到全部。";
    ToldJoined: "`{0}` asked `PSYNC ? -1`; the answer `+FULLRESYNC` brought it everything: a *full resynchronisation*.", "`{0}` 请求 `PSYNC ? -1`，得到回复 `+FULLRESYNC` 和全部数据：这是*完整重同步*。";
    AskCut: "Now let `{1}` miss something: cut its link to `{0}` (the scissors on the link).", "现在让 `{1}` 错过一点内容：切断它与 `{0}` 的连接（链路上的剪刀）。";
    AskWrite: "`{0}` is cut off. Write something on `{1}` that it will miss:", "`{0}` 已断线。在 `{1}` 写入一点它会错过的内容：";
    AskHeal: "`{0}` has missed a few bytes. Heal the link: will `{1}` send everything again?", "`{0}` 错过了一些字节。恢复连接看看：`{1}` 会重新发送全部吗？";
    WatchReturn: "Watch `{0}` come back: it asks `PSYNC` with the ID of `{1}` and the next byte it wants.", "请看 `{0}` 回来：它用 `PSYNC` 报出 `{1}` 的 ID 和需要的下一个字节。";
    ToldContinued: "`+CONTINUE`: `{0}` got only the {1} bytes it had missed. That is a *partial resynchronisation*.", "`+CONTINUE`：`{0}` 只得到错过的 {1} 字节。这就是*部分重同步*。";
    AskShrink: "And if it misses too much? Give `{0}` a backlog of only {1} bytes (⋯ on its card; it restarts).", "如果错过太多呢？给 `{0}` 一个只有 {1} 字节的积压缓冲区（卡片上的 ⋯，会重启）。";
    WatchRestarted: "`{1}` has restarted with a new run ID, so all its replicas copy everything. Watch `{0}`.", "`{1}` 重启后有了新的运行 ID，所以从服务器都要重新复制全部。请看 `{0}`。";
    AskCutAgain: "The tape shows the small backlog of `{0}`. Cut the link to `{1}` again.", "带子就是 `{0}` 的小缓冲区。再次切断它与 `{1}` 的连接。";
    AskOverflow: "Write more than {1} bytes on `{0}`: one long value will do. Watch the tape.", "在 `{0}` 写入超过 {1} 字节的内容：一个长的值就够。请看带子。";
    AskHealLate: "`{0}` wants byte {1}, but the backlog of `{2}` begins at {3} now. Heal the link.", "`{0}` 需要第 {1} 字节，但 `{2}` 的缓冲区现在从第 {3} 字节开始。恢复连接。";
    ToldOverran: "`+FULLRESYNC`: byte {1}, which `{0}` wanted, was gone, so it copied everything.", "`+FULLRESYNC`：`{0}` 需要的第 {1} 字节已被淘汰，只好重新复制全部。";
    AskOld: "One answer is left. Put an empty Redis 2.6 in the place of `{0}` (⋯ on its card).", "还剩一种回复。把 `{0}` 换成一台空的 Redis 2.6（卡片上的 ⋯）。";
    WatchRefusal: "`{1}` is a Redis 2.6 now. Watch what it answers when `{0}` asks `PSYNC`.", "`{1}` 现在是 Redis 2.6。看看 `{0}` 请求 `PSYNC` 时它怎样回复。";
    ToldRefused: "`-ERR`: a master from before 2.8 does not know `PSYNC`; its replicas fell back to `SYNC`, which always copies everything.", "`-ERR`：早于 2.8 的主服务器不认识 `PSYNC`；从服务器退回 `SYNC`，那总是复制全部。";
    AskLessons: "You have seen all three answers. The lessons explain each part of them.", "三种回复你都看到了。课程会逐一讲解。";
    AskRestart: "`{0}` is down, and nobody writes. Restart it.", "`{0}` 已停止，无法写入。请重启它。";
    AskStartOver: "Nobody replicates anybody any more. Make a node a replica with `SLAVEOF`, or start over.", "现在没有任何复制关系。用 `SLAVEOF` 让一个节点成为从服务器，或者重新开始。";

    // -- tour and help
    Tour: "Tour", "导览";
    TakeTour: "Show me around", "带我看看";
    StopOf: "Stop {0} of {1}", "第 {0} 站，共 {1} 站";
    EndTour: "Done", "完成";
    SkipTour: "Skip", "跳过";
    Help: "Help", "帮助";
    HelpWords: "Words", "术语";
    HelpFullResync: "Why a full resync?", "为何完整重同步？";
    HelpScenario: "Scenario text", "场景文本";
    FirstStepsAgain: "First steps again", "重新开始引导";
    FullResyncLead: "Why did my replica do a full resync? Each cause opens as a live example.", "我的从服务器为什么做了完整重同步？每个原因都有可运行的例子。";
    WatchIt: "Watch it happen", "看它发生";
    OpenExample: "Open this", "打开";
    OnlyEnglish: "This manual is in English.", "本手册只有英文。";
    IsFetched: "Being fetched …", "正在读取……";

    // -- terminal
    CommandFor: "Command for {0}", "{0} 的命令";
    TerminalOf: "Terminal of {0}", "{0} 的终端";
    HelpUnknown: "Redis {0} does not know it.", "Redis {0} 没有这条命令。";
    TerminalHint: "A Redis command. Tab completes, ↑ recalls, HELP explains.", "输入 Redis 命令。Tab 补全，↑ 历史，HELP 帮助。";
    NotConnected: "Could not connect: {0} is not running.", "无法连接：{0} 没有运行。";

    Send: "Send", "发送";

    // -- inspector
    GoThere: "Go to this moment", "跳到此刻";
    Why: "Why", "原因";
    Wire: "Wire", "线路";
    State: "State", "状态";
    Invariants: "Invariants", "不变量";
    WhatHappened: "What happened", "发生了什么";
    WhyItMatters: "Why it matters", "为什么重要";
    NothingYet: "Nothing has happened yet. Press play.", "还没有发生任何事。按播放键。";
    WireStream: "stream", "复制流";
    WireAnswer: "answer", "判定回复";
    WireNewline: "newline", "换行符";
    WireHandshake: "handshake", "握手";
    WireDialogue: "reply", "握手回复";
    RoutineOne: "{0} routine event (PING or ACK)", "{0} 个例行事件（PING 或 ACK）";
    RoutineBetween: "{0} routine events (PING, ACK)", "{0} 个例行事件（PING、ACK）";
    ShowRoutine: "routine PINGs and ACKs", "例行 PING 与 ACK";
    DecisionAgain: "How it was decided", "判定过程";
    Decision: "Decision", "判定";
    DecisionNone: "No PSYNC yet. When a replica asks, two questions decide:", "还没有 PSYNC 请求。从服务器请求时，由两个问题决定：";
    DecisionHead: "{0} asked {1}", "{0} 向 {1} 请求";
    WireEmpty: "No message has been sent yet.", "还没有发送任何消息。";
    Messages: "Messages", "消息";
    Position: "byte", "字节";
    BytesHead: "bytes", "字节内容";
    Meaning: "meaning", "含义";
    BytesLit: "bytes {0}", "字节 {0}";
    MoreBytes: "and {0} more bytes", "另有 {0} 字节";
    DataBeside: "Data of {0} beside {1}", "{0} 与 {1} 的数据";
    SameData: "The same, key by key.", "逐键相同。";
    MoreDifferences: "and {0} more", "另有 {0} 处";
    EarlierThan: "{0} now, beside an earlier moment", "{0} 现在与较早时刻的对比";
    TheBeginning: "The beginning", "开头";
    DataThenNow: "Data then and now", "当时与现在的数据";
    InfoThenNow: "INFO replication then and now", "当时与现在的 INFO replication";
    SameDataThen: "The data have not changed.", "数据没有变化。";
    SameInfoThen: "INFO replication says the same.", "INFO replication 没有变化。";
    WasNotThere: "{0} was not running then, or is not now.", "{0} 当时或现在没有运行。";
    ExpiresAt: "expires at (ms)", "过期时刻（毫秒）";
    Key: "key", "键";
    Holds: "holds", "成立";
    HoldsHere: "only here", "仅此处成立";
    Broken: "does not hold", "不成立";
    NothingToCompare: "nothing to compare", "无可比较";
    Checking: "Checking every event: at {0} of {1}", "正在逐一检查事件：{0} / {1}";
    CheckedTimes: "held {0} times", "已成立 {0} 次";
    BrokenAt: "broken at {0}, {1}: ", "在 {0}，{1} 被打破：";
    CaseEqual: "{0} and {1} are both at {2}, with the same data", "{0} 与 {1} 都在 {2}，数据相同";
    CaseUnequal: "{0} and {1} are both at {2}, with different data", "{0} 与 {1} 都在 {2}，数据不同";
    CaseReverse: "{0} and {1} hold the same data, at {2} and {3}", "{0} 与 {1} 数据相同，但分别在 {2} 和 {3}";
    LimitsHead: "Where it does not hold", "不成立的情形";
    LimitHere: "(the case here)", "（此处正是）";
    LimitHistories: "Two histories: under different IDs the same number means nothing.", "两段历史：ID 不同，数字相同毫无意义。";
    LimitOwnData: "A replica that takes writes of its own: its offset does not count them.", "接受自身写入的从服务器：偏移量不计这些写入。";
    LimitUncounted: "Who does not count: a master without a backlog, a replica that is still waiting for its data, every node of 2.6.", "不计数者：没有积压缓冲区的主服务器、还在等待数据的从服务器、所有 2.6 节点。";
    LimitReverse: "The reverse: PING and SELECT are counted too, so that equal data may stand at unequal offsets.", "反过来：PING 和 SELECT 也计入，因此偏移量不等时数据也可能相同。";
    ClaimNumbers: "Equal offsets alone mean equal data", "仅凭偏移量相等就说明数据相同";
    ClaimNumbersNote: "Often said, but not true: two histories can have the same number. The ID must be the same, too.", "常有此说，但不准确：两段历史可能有相同的数字。ID 也必须相同。";
    CaseLag: "{0} {1}, {2} {3}: a lag", "{0} {1}，{2} {3}：有落后";
    SameHistory: "Same history?", "是同一段历史吗？";
    StillThere: "Is byte {0} still in the backlog?", "字节 {0} 还在积压缓冲区里吗？";
    StillThereAny: "Is the byte it wants still in the backlog?", "所需字节还在积压缓冲区里吗？";
    KnowsPsync: "Does it know PSYNC?", "它认识 PSYNC 吗？";
    Follows: "{0} follows", "{0} 跟随";
    IsOwn: "{0} is", "{0} 是";
    WasOwn: "{0} was, before byte {1}", "{0} 曾是（第 {1} 字节之前）";
    NothingKnown: "{0} knows no history yet", "{0} 还没有任何历史";
    ThenBytes: "then {0} bytes: only what was missed", "随后 {0} 字节：只补发缺失的部分";
    ThenNothing: "nothing was missed: 0 bytes follow", "没有缺失：随后 0 字节";
    ThenRdb: "then the whole data set as an RDB, and every write made meanwhile", "随后以 RDB 发送全部数据，以及期间的每次写入";
    ThenSync: "so the replica falls back to SYNC: the whole data set", "于是从服务器退回 SYNC：复制全部数据";
    NoBacklogHeld: "no backlog is kept", "没有积压缓冲区";
    Yes: "yes", "是";
    No: "no", "否";
    NotAsked: "not asked", "未询问";
}

#[cfg(test)]
mod tests {
    use super::{Locale, Say, Word};

    fn holes(text: &str) -> Vec<char> {
        let mut found: Vec<char> =
            text.match_indices('{').filter_map(|(at, _)| text[at + 1..].chars().next()).collect();
        found.sort_unstable();
        found
    }

    #[test]
    fn both_languages_name_the_same_arguments() {
        for word in Word::ALL {
            assert_eq!(holes(Locale::En.t(*word)), holes(Locale::ZhHans.t(*word)), "{word:?}");
        }
    }
}
