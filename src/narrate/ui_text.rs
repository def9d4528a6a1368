//! The texts of the page's own furniture: buttons, labels, notices.
//!
//! To add one, add a line: its id, the English text, the Chinese text. Arguments are `{name}`, code is
//! `` `code` ``, emphasis is `*words*` (see `text.rs`). `Ui::Play.text(locale)` gives a plain text,
//! `Ui::Found.fill(locale, &[("n", Arg::Count(3))])` a sentence.

use super::table::texts;

texts! {
    /// A text of the page.
    pub enum Ui {
        // -- the frame --------------------------------------------------------------------------------------
        AppName: "Resync", "Resync";
        Tagline: "Redis replication, happening in front of you", "看得见的 Redis 主从复制";
        SkipToStage: "Skip to the stage", "跳到舞台";
        Lessons: "Lessons", "课程";
        Compare: "Compare", "对比";
        Help: "Help", "帮助";
        Share: "Share", "分享";
        ShareLink: "Copy link", "复制链接";
        Theme: "Theme", "主题";
        ThemeDark: "Dark", "深色";
        ThemeLight: "Light", "浅色";
        ThemeSystem: "As the system", "跟随系统";
        Language: "Language", "语言";
        Close: "Close", "关闭";
        Cancel: "Cancel", "取消";
        Back: "Back", "返回";
        Next: "Next", "下一步";
        Done: "Done", "完成";
        Settings: "Settings", "设置";
        Shortcuts: "Keyboard shortcuts", "键盘快捷键";
        ShortcutsSingleKeys: "Single-key shortcuts", "单键快捷键";

        // -- the transport ----------------------------------------------------------------------------------
        Play: "Play", "播放";
        Pause: "Pause", "暂停";
        StepEvent: "Next event", "下一个事件";
        StepMilestone: "Next milestone", "下一个里程碑";
        BackEvent: "Previous event", "上一个事件";
        BackMilestone: "Previous milestone", "上一个里程碑";
        ToStart: "To the beginning", "回到开头";
        ToEnd: "To the end of the recording", "到录制的末尾";
        Speed: "Speed", "速度";
        SpeedValue: "{virtual} of theirs = 1 s of yours", "它们的 {virtual} = 你的 1 s";
        TimeNow: "Virtual time", "虚拟时间";
        GoToTime: "Go to a time", "跳到某个时刻";
        Breakpoints: "Breakpoints", "断点";
        BreakpointHit: "Paused at the breakpoint: {what}", "已在断点处暂停：{what}";
        QuietSkipped: "Skipped {span} in which nothing happened; waited for: {what}", "跳过了 {span} 的空闲时间；等待的是：{what}";
        Scrubber: "Position in time", "时间位置";
        Timeline: "Timeline", "时间线";
        Branches: "Branches", "分支";
        Branch: "Branch {n}", "分支 {n}";
        Forked: "You acted in the past: a new branch begins here. The old future is kept.", "你在过去做了操作：新的分支从这里开始，原来的未来仍然保留。";
        LogRoutine: "Show routine PINGs and ACKs", "显示例行的 PING 与 ACK";
        RoutineGrouped: "{n} routine PINGs and ACKs", "{n} 条例行的 PING 与 ACK";

        // -- the stage and its cards ------------------------------------------------------------------------
        Stage: "Stage", "舞台";
        Node: "Node {name}", "节点 {name}";
        RoleMaster: "master", "主服务器";
        RoleReplica: "replica", "从服务器";
        StateRunning: "running", "运行中";
        StatePaused: "paused", "已暂停";
        StateCrashed: "crashed", "已崩溃";
        RunId: "run ID", "运行 ID";
        ReplicationId: "replication ID", "复制 ID";
        SecondId: "second ID", "第二 ID";
        SecondIdUntil: "valid up to byte {offset}", "在第 {offset} 字节之前有效";
        OffsetLabel: "offset", "偏移量";
        NoOffset: "2.6 counts no offsets", "2.6 不计偏移量";
        Dataset: "data", "数据";
        DatasetEmpty: "no keys yet", "还没有键";
        DatasetMore: "and {n} more", "另有 {n} 个";
        Expires: "expires in {span}", "{span} 后过期";
        Replicas: "replicas", "从服务器";
        ReplicaAck: "ACK {offset}", "ACK {offset}";
        ReplicaLag: "lag {bytes}", "落后 {bytes}";
        OutputBuffer: "output buffer", "输出缓冲区";
        BufferedWrites: "buffered writes", "缓冲的写命令";
        Pending: "{bytes} waiting", "{bytes} 待发送";
        ReadOnly: "read-only", "只读";
        SnapshotProgress: "BGSAVE: {done} of {total}", "BGSAVE:{done} / {total}";
        TransferProgress: "RDB: {done} of {total}", "RDB:{done} / {total}";
        TransferProgressOpen: "RDB: {done} so far", "RDB：已收到 {done}";
        LoadProgress: "loading the RDB: {done} of {total}", "正在载入 RDB:{done} / {total}";
        Stale: "may be stale", "数据可能过时";
        TeachingBacklog: "teaching backlog: no real server is this small", "教学用积压缓冲区：真实服务器没有这么小的";

        // -- the backlog tape -------------------------------------------------------------------------------
        BacklogOf: "Backlog of {node}", "{node} 的复制积压缓冲区";
        BacklogNone: "no backlog: it is made when the first replica comes", "没有积压缓冲区：第一个从服务器到来时才创建";
        BacklogNever: "2.6 keeps no backlog", "2.6 没有复制积压缓冲区";
        BacklogFill: "{length} of {size}", "{length} / {size}";
        BacklogEvicted: "{bytes} evicted so far", "至今已淘汰 {bytes}";
        MarkerWants: "{node} wants {offset}", "{node} 需要 {offset}";
        MarkerLost: "{node} wants byte {offset}, which is gone: it must take everything again", "{node} 需要的第 {offset} 字节已被淘汰：只能完整重同步";
        Torn: "its beginning was evicted", "开头已被淘汰";

        // -- links and faults -------------------------------------------------------------------------------
        Faults: "Faults", "故障";
        Cut: "Cut the link", "切断链路";
        Heal: "Heal the link", "恢复链路";
        Slow: "Slow the link down", "减慢链路";
        Blackhole: "Blackhole: lose silently", "黑洞：静默丢失";
        Crash: "Crash", "崩溃";
        Restart: "Restart", "重启";
        PauseProcess: "Pause the process", "暂停进程";
        ResumeProcess: "Resume the process", "恢复进程";
        Latency: "Latency", "延迟";
        Bandwidth: "Bandwidth", "带宽";
        Unlimited: "unlimited", "不限";
        LinkUp: "up", "正常";
        LinkCut: "cut", "已切断";
        LinkBlackholed: "blackholed", "黑洞";
        AddNode: "Add a node", "添加节点";
        RemoveNode: "Remove the node", "移除节点";
        Configure: "Configure", "配置";
        Version: "Redis version", "Redis 版本";
        BacklogSize: "Backlog size", "积压缓冲区大小";
        BgsaveTime: "BGSAVE duration", "BGSAVE 耗时";

        // -- terminals --------------------------------------------------------------------------------------
        Terminal: "Terminal of {node}", "{node} 的终端";
        TerminalPlaceholder: "Type a Redis command", "输入 Redis 命令";
        TerminalDead: "The process is not running.", "进程没有在运行。";

        // -- the inspector ----------------------------------------------------------------------------------
        Inspector: "Inspector", "检查器";
        TabWhy: "Why", "原因";
        TabWire: "Wire", "字节";
        TabState: "State", "状态";
        TabInvariants: "Invariants", "不变式";
        WhyEmpty: "Select an event, or let time go on: what happens is explained here.", "选择一个事件，或让时间继续：这里会解释发生了什么。";
        WireEmpty: "Select a message to see its bytes.", "选择一条消息，查看它的字节。";
        DecisionTitle: "What the master decides", "主服务器如何判定";
        QuestionSameHistory: "Same history?", "是同一段历史吗？";
        QuestionInBacklog: "Is byte {offset} still in the backlog?", "第 {offset} 字节还在积压缓冲区里吗？";
        QuestionKnowsPsync: "Does it know PSYNC?", "认识 PSYNC 吗？";
        AskedId: "{node} follows {id}", "{node} 跟随的是 {id}";
        OwnId: "{node} is {id}", "{node} 是 {id}";
        Yes: "yes", "是";
        No: "no", "否";
        Holds: "holds", "成立";
        Broken: "does not hold", "不成立";
        NotApplicable: "nothing to compare", "无可比较";

        // -- first visit ------------------------------------------------------------------------------------
        FirstVisit: "`a` is a master, `b` follows it, `c` is still alone. Type `SLAVEOF a 6379` into the terminal of `c`.", "`a` 是主服务器，`b` 跟随着它，`c` 还是独自一个。请在 `c` 的终端输入 `SLAVEOF a 6379`。";
        LegendTitle: "Colours", "颜色";
        LegendMaster: "master", "主服务器";
        LegendReplica: "replica", "从服务器";
        LegendRdb: "RDB", "RDB";
        LegendPropagated: "propagated", "已传播";
        LegendBuffered: "buffered", "已缓冲";
        LegendLost: "lost", "已丢失";
    }
}
