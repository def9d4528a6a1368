//! The table of stories: every kind of thing that can happen, with its colour, its flag and its sentence.
//!
//! An entry is `Id, Tone, "flag", "旗标", "Sentence.", "句子。";`. A flag has at most three words. The functions that choose
//! the entry for an event and give its numbers are in `node_events.rs` and `world_events.rs`.

use serde::Serialize;

use super::Template;
use super::table::lookup;

/// What a story is about, as the page colours it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Tone {
    Neutral,
    /// What a master does or is (amber).
    Master,
    /// What a replica does or is (blue).
    Replica,
    /// Snapshots and their travel (violet).
    Rdb,
    /// The stream, and what continues it (green).
    Propagated,
    /// What is kept for later (orange).
    Buffered,
    /// What is lost, cut, evicted, refused (red).
    Lost,
}

macro_rules! stories {
    (first [$($first:ident),*] $($id:ident, $tone:ident, $title_en:literal, $title_zh:literal, $en:literal, $zh:literal;)*) => {
        /// A message id of the narration.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum Story { $($id,)* }

        impl Story {
            /// Every id, in the order of the table.
            pub const ALL: &'static [Story] = &[$(Story::$id,)*];

            #[inline(never)]
            const fn any_id(self) -> &'static str {
                match self { $(Story::$id => stringify!($id),)* }
            }

            // The id's name.
            lookup! { Story, pub id, any_id -> &'static str, first [$($first),*] }

            pub const fn tone(self) -> Tone {
                match self { $(Story::$id => Tone::$tone,)* }
            }

            #[inline(never)]
            const fn any_row(self) -> (Template, Template) {
                match self { $(Story::$id => (Template::new($title_en, $title_zh), Template::new($en, $zh)),)* }
            }

            lookup! { Story, row, any_row -> (Template, Template), first [$($first),*] }

            /// A flag for the timeline: at most three words, no arguments.
            pub const fn title(self) -> Template {
                self.row().0
            }

            pub const fn sentence(self) -> Template {
                self.row().1
            }
        }
    };
}

stories! {
    first [
        Started, Saved, Wrote, Executed, PropagatedWrite, PropagatedSelect, BacklogCreated, PsyncAskedAll,
        DecidedNothingToContinue, SnapshotStarted, SnapshotStartedUncounted, SnapshotEnded, Granted,
        TransferStarted, TransferProgress, TransferEnded, ReplicaOnline, MasterSet, LinkConnect,
        LinkConnecting, LinkAwaitPong, LinkAwaitPort, LinkAwaitPsync, LinkTransfer, LinkConnected,
        HandshakeSent, HandshakeAnswered, PsyncSentAll, AnsweredFull, ReceiveStarted, ReceiveProgress,
        ReceiveProgressMark, LoadStarted, LoadEnded, Applied, Typed, Replied, WorkloadStarted, ConnectAsked,
        ConnectDone, NodeAdded
    ]

    // -- the process ----------------------------------------------------------------------------------------
    Started, Neutral, "started", "启动",
        "{me} starts as Redis {version}; its run ID is {id}; it holds {keys}.",
        "{me} 以 Redis {version} 启动，运行 ID 是 {id}，有 {keys}。";
    Stopped, Lost, "stopped", "停止",
        "The process of {me} ends.",
        "{me} 的进程结束。";
    Saved, Rdb, "saved", "已存盘",
        "{me} has an RDB file of {bytes} with {keys} on its disk now.",
        "{me} 的磁盘上现在有一个 {bytes} 的 RDB 文件，包含 {keys}。";

    // -- commands -------------------------------------------------------------------------------------------
    Wrote, Master, "write", "写入",
        "{me} executes `{cmd}`{db}: {changes}.",
        "{me} 执行 `{cmd}`{db}：{changes}。";
    Executed, Neutral, "command", "命令",
        "{me} executes `{cmd}`{db}; the data stay as they are.",
        "{me} 执行 `{cmd}`{db}，数据没有变化。";
    Refused, Lost, "command refused", "命令被拒",
        "{me} refuses `{cmd}`: `{error}`.",
        "{me} 拒绝 `{cmd}`：`{error}`。";
    Expired, Neutral, "key expired", "键过期",
        "The time of the key `{key}` is over; {me} deletes it{db}.",
        "键 `{key}` 到期，{me} 将它删除{db}。";

    // -- the stream and the backlog -------------------------------------------------------------------------
    PropagatedWrite, Propagated, "propagated", "命令传播",
        "`{cmd}` becomes {range} of the stream that {me} sends to its replicas.",
        "`{cmd}` 成为 {me} 发往从服务器的复制流的{range}。";
    PropagatedUncounted, Propagated, "propagated", "命令传播",
        "{me} sends `{cmd}` to its replicas.",
        "{me} 把 `{cmd}` 发给从服务器。";
    PropagatedSelect, Propagated, "SELECT propagated", "传播 SELECT",
        "`{cmd}` goes into the stream of {me} as {range}: it tells the replicas which database the next write is for.",
        "`{cmd}` 作为{range}进入 {me} 的复制流：告诉从服务器下一个写命令属于哪个数据库。";
    PropagatedFrame, Propagated, "transaction frame", "事务边界",
        "`{cmd}` goes into the stream of {me} as {range}: what lies between MULTI and EXEC takes effect as one.",
        "`{cmd}` 作为{range}进入 {me} 的复制流：MULTI 与 EXEC 之间的命令作为一个整体生效。";
    PropagatedPing, Propagated, "PING propagated", "传播 PING",
        "{me} puts its periodic `PING` into the stream as {range}: a sign of life, and it counts in the offset.",
        "{me} 把例行的 `PING` 作为{range}放进复制流：这是存活信号，也计入偏移量。";
    PropagatedGetAck, Propagated, "GETACK propagated", "传播 GETACK",
        "{me} asks its replicas for their offsets: `REPLCONF GETACK *` goes into the stream as {range}.",
        "{me} 询问各从服务器的偏移量：`REPLCONF GETACK *` 作为{range}进入复制流。";
    BacklogCreated, Propagated, "backlog created", "创建积压缓冲区",
        "{me} creates its backlog: from byte {first} on it keeps the last {size} of its stream.",
        "{me} 创建复制积压缓冲区：从第 {first} 字节起，保留复制流最近的 {size}。";
    BacklogFreed, Lost, "backlog freed", "释放积压缓冲区",
        "{me} has had no replica for {idle} and frees its backlog: nobody can continue any more.",
        "{me} 已有 {idle} 没有从服务器，于是释放复制积压缓冲区：谁也不能再继续部分重同步。";
    BacklogEvicted, Lost, "bytes evicted", "字节被淘汰",
        "The backlog of {me} drops {range} to make room: a replica that still needs any of that must take everything again.",
        "{me} 的复制积压缓冲区为腾出空间淘汰了{range}：还需要它们的从服务器只能完整重同步。";
    IdNewHistory, Master, "new history", "新的历史",
        "A new history begins: {me} takes the new replication ID {id}.",
        "新的历史开始了：{me} 换用新的复制 ID {id}。";
    IdAfterFreed, Master, "new ID", "新的 ID",
        "Without a backlog nobody could continue the old history, so {me} takes the new replication ID {id}.",
        "没有积压缓冲区，旧的历史无人能继续，于是 {me} 换用新的复制 ID {id}。";
    IdPromoted, Master, "new ID", "新的 ID",
        "{me} writes its own history from now on, under the new ID {id}. It remembers {second}: a replica that follows this one and asks for byte {offset} or an earlier one may continue.",
        "{me} 从此书写自己的历史，新的 ID 是 {id}。它还记得 {second}：跟随这个 ID、并且请求第 {offset} 字节或更早字节的从服务器可以继续。";
    IdAdopted, Replica, "master's ID adopted", "采用主服务器 ID",
        "{me} now follows the history {id}, like its master.",
        "{me} 现在和它的主服务器一样，跟随历史 {id}。";
    IdContinued, Replica, "new ID adopted", "采用新的 ID",
        "{me} takes over the new ID {id} of its master. It remembers {second} for replicas that ask for byte {offset} or an earlier one.",
        "{me} 采用主服务器的新 ID {id}。它还记得 {second}，供请求第 {offset} 字节或更早字节的从服务器使用。";
    IdNone, Replica, "no ID", "没有 ID",
        "{me} knows no ID for the history it follows: `SYNC` tells none.",
        "{me} 不知道自己跟随的历史的 ID：`SYNC` 不会告知。";
    IdChanged, Master, "new ID", "新的 ID",
        "{me} now has the replication ID {id}.",
        "{me} 的复制 ID 现在是 {id}。";

    // -- the master's side ----------------------------------------------------------------------------------
    SyncAsked, Rdb, "SYNC asked", "请求 SYNC",
        "{replica} asks {me} for everything: `SYNC`.",
        "{replica} 向 {me} 请求全部数据：`SYNC`。";
    PsyncAskedAll, Replica, "PSYNC asked", "请求 PSYNC",
        "{replica} asks {me} for everything: `PSYNC ? -1`.",
        "{replica} 向 {me} 请求全部数据：`PSYNC ? -1`。";
    PsyncAsked, Replica, "PSYNC asked", "请求 PSYNC",
        "{replica} asks {me} to continue the history {asked} with byte {offset}.",
        "{replica} 向 {me} 请求从第 {offset} 字节起继续历史 {asked}。";
    PsyncUnknown, Lost, "-ERR", "-ERR",
        "{me} is older than 2.8, does not know `PSYNC` and answers `{error}`.",
        "{me} 的版本早于 2.8，不认识 `PSYNC`，回复 `{error}`。";
    DecidedContinue, Propagated, "+CONTINUE", "+CONTINUE",
        "{me} lets {replica} continue: byte {offset} is still in its backlog ({first} … {last}), so instead of a whole RDB only {bytes} must follow.",
        "{me} 让 {replica} 继续：第 {offset} 字节还在复制积压缓冲区里（{first} … {last}），所以只需再发 {bytes}，不必发送整个 RDB。";
    DecidedContinueNothing, Propagated, "+CONTINUE", "+CONTINUE",
        "{me} lets {replica} continue: byte {offset} is the one that {me} writes next, so nothing was missed and 0 bytes follow.",
        "{me} 让 {replica} 继续：第 {offset} 字节正是 {me} 接下来要写的，什么都没有错过，需要补发 0 字节。";
    DecidedContinueSecond, Propagated, "+CONTINUE", "+CONTINUE",
        "{me} lets {replica} continue: {asked} is its former history, good for whoever asks for byte {limit} or an earlier one, and byte {offset} is still in its backlog ({first} … {last}). Instead of a whole RDB only {bytes} must follow.",
        "{me} 让 {replica} 继续：{asked} 是它从前的历史，对请求第 {limit} 字节或更早字节的从服务器有效，而且第 {offset} 字节还在复制积压缓冲区里（{first} … {last}）。只需再发 {bytes}，不必发送整个 RDB。";
    DecidedContinueSecondNothing, Propagated, "+CONTINUE", "+CONTINUE",
        "{me} lets {replica} continue: {asked} is its former history, good for whoever asks for byte {limit} or an earlier one, and byte {offset} is the one that {me} writes next. 0 bytes follow.",
        "{me} 让 {replica} 继续：{asked} 是它从前的历史，对请求第 {limit} 字节或更早字节的从服务器有效，而第 {offset} 字节正是 {me} 接下来要写的。需要补发 0 字节。";
    DecidedNothingToContinue, Rdb, "+FULLRESYNC", "+FULLRESYNC",
        "{replica} has nothing to continue from, so {me} decides: full resynchronisation.",
        "{replica} 没有可以继续的历史，所以 {me} 判定：完整重同步。";
    DecidedOtherHistory, Rdb, "+FULLRESYNC", "+FULLRESYNC",
        "{replica} follows the history {asked}, but {me} is {own}. Offsets of two histories cannot be compared: full resynchronisation.",
        "{replica} 跟随的历史是 {asked}，而 {me} 是 {own}。两段历史的偏移量不能相比：完整重同步。";
    DecidedOtherHistoryBoth, Rdb, "+FULLRESYNC", "+FULLRESYNC",
        "{replica} follows the history {asked}, but {me} is {own} and was {second} before. Offsets of different histories cannot be compared: full resynchronisation.",
        "{replica} 跟随的历史是 {asked}，而 {me} 是 {own}，之前是 {second}。不同历史的偏移量不能相比：完整重同步。";
    DecidedBeyondSecond, Rdb, "+FULLRESYNC", "+FULLRESYNC",
        "{replica} follows the former history {asked} of {me} and wants byte {offset}, but that history can be continued only from byte {limit} or an earlier one: full resynchronisation.",
        "{replica} 跟随 {me} 从前的历史 {asked}，要从第 {offset} 字节继续，但那段历史最多只能从第 {limit} 字节继续：完整重同步。";
    DecidedNoBacklog, Rdb, "+FULLRESYNC", "+FULLRESYNC",
        "{replica} wants byte {offset}, but {me} has no backlog to take it from: full resynchronisation.",
        "{replica} 需要第 {offset} 字节，但 {me} 没有复制积压缓冲区可取：完整重同步。";
    DecidedEvicted, Rdb, "+FULLRESYNC", "+FULLRESYNC",
        "{replica} wants byte {offset}, but the backlog of {me} begins at byte {first}: what lies before is not there any more. Full resynchronisation.",
        "{replica} 需要第 {offset} 字节，但 {me} 的复制积压缓冲区从第 {first} 字节开始，之前的内容已经不在了：完整重同步。";
    DecidedAhead, Rdb, "+FULLRESYNC", "+FULLRESYNC",
        "{replica} wants byte {offset}, but {me} has written only up to byte {last}: the replica is ahead of its master. Full resynchronisation.",
        "{replica} 需要第 {offset} 字节，但 {me} 只写到第 {last} 字节：从服务器竟然领先于主服务器。完整重同步。";
    SyncRefused, Lost, "sync refused", "拒绝同步",
        "{me} refuses to synchronise {replica}: `{error}`.",
        "{me} 拒绝为 {replica} 同步：`{error}`。";
    WaitsForOthers, Buffered, "diskless delay", "无盘延迟",
        "{replica} waits: {me} delays the snapshot by {delay}, so that other replicas can share it.",
        "{replica} 等待：{me} 推迟 {delay} 再做快照，好让其他从服务器一起使用。";
    WaitsForSnapshot, Buffered, "waits for snapshot", "等待快照",
        "{replica} waits: {me} is making a snapshot that it cannot share.",
        "{replica} 等待：{me} 正在做的快照不能供它使用。";
    SnapshotStarted, Rdb, "BGSAVE", "BGSAVE",
        "{me} starts BGSAVE: an RDB of {bytes} with {keys}, which holds everything up to byte {offset}. It takes {takes}.",
        "{me} 开始 BGSAVE：RDB 有 {bytes}、{keys}，包含到第 {offset} 字节为止的全部数据，需要 {takes}。";
    SnapshotStartedSockets, Rdb, "BGSAVE", "BGSAVE",
        "{me} starts a snapshot straight into the sockets of its replicas: {bytes} with {keys}, everything up to byte {offset}. It takes {takes}.",
        "{me} 开始快照，直接写入从服务器的套接字：{bytes}、{keys}，包含到第 {offset} 字节为止的全部数据，需要 {takes}。";
    SnapshotStartedUncounted, Rdb, "BGSAVE", "BGSAVE",
        "{me} starts BGSAVE: an RDB of {bytes} with {keys}. It takes {takes}.",
        "{me} 开始 BGSAVE：RDB 有 {bytes}、{keys}，需要 {takes}。";
    SaveStarted, Rdb, "BGSAVE", "BGSAVE",
        "{me} starts BGSAVE for its own disk: {bytes} with {keys}. It takes {takes}.",
        "{me} 开始为自己的磁盘做 BGSAVE：{bytes}、{keys}，需要 {takes}。";
    SnapshotEnded, Rdb, "BGSAVE done", "BGSAVE 完成",
        "The snapshot of {me} is complete: {bytes}.",
        "{me} 的快照完成：{bytes}。";
    SnapshotFailed, Lost, "BGSAVE failed", "BGSAVE 失败",
        "The snapshot of {me} failed or was given up.",
        "{me} 的快照失败或被放弃。";
    Granted, Rdb, "+FULLRESYNC sent", "发出 +FULLRESYNC",
        "{me} answers {replica} with `+FULLRESYNC` {id} {offset}: the RDB will hold everything up to byte {offset}.",
        "{me} 回复 {replica}：`+FULLRESYNC` {id} {offset}，RDB 将包含到第 {offset} 字节为止的全部数据。";
    GrantedShared, Rdb, "snapshot shared", "共用快照",
        "{replica} came in time to share the snapshot that {me} is making: `+FULLRESYNC` {id} {offset}, and a copy of what was buffered since.",
        "{replica} 来得及共用 {me} 正在做的快照：`+FULLRESYNC` {id} {offset}，以及此后已缓冲内容的一份副本。";
    GrantedSync, Rdb, "snapshot granted", "给予快照",
        "{me} makes its snapshot for {replica}; to `SYNC` there is no answer but the RDB itself.",
        "{me} 为 {replica} 做快照；对 `SYNC` 没有别的回复，只有 RDB 本身。";
    GrantedSyncShared, Rdb, "snapshot shared", "共用快照",
        "{replica} came in time to share the snapshot that {me} is making, with a copy of what was buffered since.",
        "{replica} 来得及共用 {me} 正在做的快照，并得到此后已缓冲内容的一份副本。";
    TransferStarted, Rdb, "RDB sent", "发送 RDB",
        "{me} sends {replica} the RDB: `${length}` announces its length of {bytes}.",
        "{me} 向 {replica} 发送 RDB：先用 `${length}` 声明长度 {bytes}。";
    TransferStartedMark, Rdb, "RDB sent", "发送 RDB",
        "{me} sends {replica} the RDB while it is being made: `$EOF:` and a mark of 40 characters come first, and the same mark ends it.",
        "{me} 边生成边向 {replica} 发送 RDB：先发 `$EOF:` 和 40 个字符的标记，最后以同一标记结束。";
    TransferProgress, Rdb, "RDB sent", "发送 RDB",
        "{me} has sent {replica} {sent} of {bytes} of the RDB.",
        "{me} 已向 {replica} 发送 RDB：{sent} / {bytes}。";
    TransferEnded, Rdb, "RDB is out", "RDB 发完",
        "The whole RDB has left {me} for {replica}: {bytes}.",
        "整个 RDB 已从 {me} 发往 {replica}：{bytes}。";
    WriteBuffered, Buffered, "write buffered", "写命令缓冲",
        "{replica} is not done with its RDB yet, so {me} keeps {range} for it in its output buffer: {buffered} in all.",
        "{replica} 的 RDB 还没有完成，所以 {me} 先把{range}留在它的输出缓冲区里：共有 {buffered}。";
    WriteBufferedUncounted, Buffered, "write buffered", "写命令缓冲",
        "{replica} is not done with its RDB yet, so {me} keeps what it writes for it in its output buffer: {buffered} in all.",
        "{replica} 的 RDB 还没有完成，所以 {me} 先把写命令留在它的输出缓冲区里：共有 {buffered}。";
    BufferFlushed, Propagated, "buffer flushed", "发送缓冲",
        "{me} now sends {replica} what it kept for it meanwhile: {bytes}.",
        "{me} 现在把这期间为 {replica} 缓冲的内容发给它：{bytes}。";
    BufferFlushedEmpty, Propagated, "buffer empty", "缓冲为空",
        "Nothing was written meanwhile: after the RDB {me} has nothing more to send to {replica}.",
        "这期间没有写命令：RDB 之后，{me} 没有别的要发给 {replica}。";
    ReplicaOnline, Propagated, "replica online", "从服务器上线",
        "{me} counts {replica} as online: every write goes to it at once from now on.",
        "{me} 认为 {replica} 已上线：从现在起每个写命令都立即发给它。";
    AckReceived, Neutral, "ACK", "ACK",
        "{me} hears from {replica}: everything up to byte {offset} is applied.",
        "{me} 得知 {replica} 已执行到第 {offset} 字节。";
    AckReceivedBehind, Neutral, "ACK", "ACK",
        "{me} hears from {replica}: everything up to byte {offset} is applied. {me} has written {behind} more.",
        "{me} 得知 {replica} 已执行到第 {offset} 字节。{me} 已多写了 {behind}。";
    ReplicaLost, Lost, "replica lost", "失去从服务器",
        "{me} has lost its replica {replica}: {why}.",
        "{me} 失去了从服务器 {replica}：{why}。";

    // -- the replica's side ---------------------------------------------------------------------------------
    MasterSet, Replica, "has a master", "有了主服务器",
        "{me} is to be a replica of {host}, port {port}.",
        "{me} 要成为 {host}（端口 {port}）的从服务器。";
    Promoted, Master, "promoted", "提升为主服务器",
        "{me} follows nobody any more: it is a master, with the data it has.",
        "{me} 不再跟随任何服务器：它带着现有的数据成为主服务器。";
    LinkNone, Neutral, "no master", "没有主服务器",
        "{me} has no master.",
        "{me} 没有主服务器。";
    LinkConnect, Replica, "must connect", "准备连接",
        "{me} has a master but no connection to it; it is about to try.",
        "{me} 有主服务器但没有连接，即将尝试。";
    LinkConnecting, Replica, "connecting", "正在连接",
        "{me} opens a connection to its master.",
        "{me} 正在连接主服务器。";
    LinkAwaitPong, Replica, "PING sent", "已发 PING",
        "{me} is connected, has sent `PING` and waits for an answer.",
        "{me} 已连上，发出 `PING` 并等待回复。";
    LinkAwaitAuth, Replica, "AUTH sent", "已发 AUTH",
        "{me} has sent its password and waits for an answer.",
        "{me} 已发送密码并等待回复。";
    LinkAwaitPort, Replica, "port told", "告知端口",
        "{me} has told its port and waits for an answer.",
        "{me} 已告知自己的端口并等待回复。";
    LinkAwaitIp, Replica, "address told", "告知地址",
        "{me} has told its address and waits for an answer.",
        "{me} 已告知自己的地址并等待回复。";
    LinkAwaitCapa, Replica, "capabilities told", "告知能力",
        "{me} has told what it is capable of and waits for an answer.",
        "{me} 已告知自己支持的能力并等待回复。";
    LinkAwaitPsync, Replica, "PSYNC sent", "已发 PSYNC",
        "{me} has sent `PSYNC` and waits for the verdict.",
        "{me} 已发出 `PSYNC` 并等待判定。";
    LinkTransfer, Rdb, "waits for RDB", "等待 RDB",
        "{me} waits for the RDB of its master.",
        "{me} 等待主服务器的 RDB。";
    LinkConnected, Propagated, "in step", "已同步",
        "{me} is in step with its master: what is written there now reaches it as a stream.",
        "{me} 已跟上主服务器：那里的写命令现在以复制流的形式到达。";
    ConnectFailed, Lost, "connection failed", "连接失败",
        "{me} cannot reach its master: {error}. It will try again.",
        "{me} 无法连上主服务器：{error}。它会再次尝试。";
    HandshakeSent, Replica, "handshake", "握手",
        "{me} sends its master `{line}`.",
        "{me} 向主服务器发送 `{line}`。";
    HandshakeAnswered, Replica, "handshake", "握手",
        "The master answers {me}: `{line}`.",
        "主服务器回复 {me}：`{line}`。";
    PsyncSentAll, Replica, "PSYNC ? -1", "PSYNC ? -1",
        "{me} has nothing to continue from and asks for everything: `PSYNC ? -1`.",
        "{me} 没有可以继续的历史，请求全部数据：`PSYNC ? -1`。";
    PsyncSent, Replica, "PSYNC", "PSYNC",
        "{me} asks to continue: `PSYNC` {asked} {offset}. It follows the history {asked} and wants byte {offset} next.",
        "{me} 请求继续：`PSYNC` {asked} {offset}。它跟随历史 {asked}，接下来需要第 {offset} 字节。";
    AnsweredFull, Rdb, "full resync", "完整重同步",
        "{me} learns that it gets everything anew: the history {id}, in an RDB that holds all up to byte {offset}.",
        "{me} 得知要重新获取全部数据：历史 {id}，RDB 包含到第 {offset} 字节为止的内容。";
    AnsweredGarbled, Lost, "garbled answer", "回复残缺",
        "{me} cannot read all of the answer `{line}`: it takes the RDB, but has no ID and offset to continue from later.",
        "{me} 无法完全读懂回复 `{line}`：它接收 RDB，但没有以后可用来继续的 ID 和偏移量。";
    AnsweredContinue, Propagated, "partial resync", "部分重同步",
        "{me} may continue where it stopped: only what it missed follows.",
        "{me} 可以从断开处继续：接下来只有它错过的部分。";
    AnsweredContinueNewId, Propagated, "partial resync", "部分重同步",
        "{me} may continue where it stopped, under the new ID {id}: only what it missed follows.",
        "{me} 可以从断开处继续，使用新的 ID {id}：接下来只有它错过的部分。";
    AnsweredNotNow, Lost, "not now", "暂时不行",
        "The master answers `{line}`, which means: not now. {me} will begin again.",
        "主服务器回复 `{line}`，意思是暂时不行。{me} 会从头再来。";
    AnsweredNotUnderstood, Lost, "-ERR", "-ERR",
        "The master answers `{line}`. {me} takes it for a master that does not know `PSYNC` and falls back to `SYNC`.",
        "主服务器回复 `{line}`。{me} 认为它不认识 `PSYNC`，退回到 `SYNC`。";
    SyncSent, Rdb, "SYNC", "SYNC",
        "{me} sends `SYNC`, the old question: its only answer is the whole RDB.",
        "{me} 发送 `SYNC`，这是旧的请求：它唯一的回答是整个 RDB。";
    ReceiveStarted, Rdb, "RDB arrives", "收到 RDB",
        "The RDB begins to arrive at {me}: {bytes}.",
        "RDB 开始到达 {me}：{bytes}。";
    ReceiveStartedMark, Rdb, "RDB arrives", "收到 RDB",
        "The RDB begins to arrive at {me}; a mark will tell its end.",
        "RDB 开始到达 {me}，末尾以标记结束。";
    ReceiveProgress, Rdb, "RDB arrives", "收到 RDB",
        "{me} has received {received} of {bytes} of the RDB.",
        "{me} 已收到 RDB：{received} / {bytes}。";
    ReceiveProgressMark, Rdb, "RDB arrives", "收到 RDB",
        "{me} has received {received} of the RDB.",
        "{me} 已收到 RDB 的 {received}。";
    LoadStarted, Rdb, "RDB loading", "载入 RDB",
        "{me} has the whole RDB ({bytes}) and replaces its own data with it. Loading takes {takes}.",
        "{me} 已收到整个 RDB（{bytes}），用它替换自己的数据。载入需要 {takes}。";
    LoadEnded, Rdb, "RDB loaded", "RDB 已载入",
        "{me} has loaded {keys}: it is where its master was at byte {offset}.",
        "{me} 已载入 {keys}：它处于主服务器在第 {offset} 字节时的状态。";
    LoadEndedUncounted, Rdb, "RDB loaded", "RDB 已载入",
        "{me} has loaded {keys}. It knows no offset, so it can never ask to continue.",
        "{me} 已载入 {keys}。它不知道偏移量，所以以后无法请求继续。";
    LoadFailed, Lost, "RDB unusable", "RDB 无法使用",
        "{me} cannot use the RDB: {error}.",
        "{me} 无法使用 RDB：{error}。";
    Applied, Propagated, "applied", "已执行",
        "{me} executes `{cmd}` from its master; its offset is {applied}.",
        "{me} 执行来自主服务器的 `{cmd}`，偏移量是 {applied}。";
    AppliedUncounted, Propagated, "applied", "已执行",
        "{me} executes `{cmd}` from its master.",
        "{me} 执行来自主服务器的 `{cmd}`。";
    AckSent, Neutral, "ACK", "ACK",
        "{me} tells its master: everything up to byte {offset} is applied.",
        "{me} 告诉主服务器：已执行到第 {offset} 字节。";
    MasterLost, Lost, "master lost", "失去主服务器",
        "{me} has lost its master: {why}. It can ask to continue the history {id} with byte {offset}.",
        "{me} 失去了主服务器：{why}。它可以请求从第 {offset} 字节起继续历史 {id}。";
    MasterLostNothing, Lost, "master lost", "失去主服务器",
        "{me} has lost its master: {why}. It has nothing to continue from.",
        "{me} 失去了主服务器：{why}。它没有可以继续的历史。";

    // -- people and workloads -------------------------------------------------------------------------------
    Typed, Neutral, "typed", "输入命令",
        "Somebody types at {me}: `{line}`.",
        "有人在 {me} 输入：`{line}`。";
    WorkloadTyped, Neutral, "scripted command", "脚本命令",
        "The workload sends {me} `{line}`.",
        "脚本负载向 {me} 发送 `{line}`。";
    Replied, Neutral, "reply", "回复",
        "{me} replies: `{reply}`.",
        "{me} 回复：`{reply}`。";
    NotReached, Lost, "no reply", "没有回复",
        "A client gets no reply from {me}: {error}.",
        "客户端没有得到 {me} 的回复：{error}。";
    WorkloadStarted, Neutral, "workload starts", "负载开始",
        "From now on a client sends {me} `{line}` every {every}.",
        "从现在起，一个客户端每 {every} 向 {me} 发送一次 `{line}`。";
    WorkloadStartedTimes, Neutral, "workload starts", "负载开始",
        "From now on a client sends {me} `{line}` every {every}; {count} times in all.",
        "从现在起，一个客户端每 {every} 向 {me} 发送一次 `{line}`，共 {count} 次。";
    WorkloadEnded, Neutral, "workload ends", "负载结束",
        "A workload at {me} has ended; runs: {runs}.",
        "{me} 的一个脚本负载结束，运行次数：{runs}。";

    // -- connections and messages ---------------------------------------------------------------------------
    ConnectAsked, Replica, "connecting", "请求连接",
        "{me} asks {to} for a connection at port {port}.",
        "{me} 请求连接 {to} 的端口 {port}。";
    ConnectAskedNobody, Lost, "no such host", "没有此主机",
        "{me} asks for a connection to {host}, port {port}, but no node has that name.",
        "{me} 请求连接 {host} 的端口 {port}，但没有节点叫这个名字。";
    ConnectDone, Replica, "connected", "已连接",
        "The connection from {me} to {to} stands.",
        "{me} 到 {to} 的连接已建立。";
    ConnectRefused, Lost, "connection refused", "连接被拒",
        "{me} gets no connection to {to}: {error}.",
        "{me} 没能连上 {to}：{error}。";
    ConnectRefusedNobody, Lost, "connection refused", "连接被拒",
        "{me} gets no connection: {error}.",
        "{me} 没能建立连接：{error}。";
    MessageSent, Neutral, "message sent", "发出消息",
        "{from} → {to}: {what} leaves ({bytes}).",
        "{from} → {to}：{what}发出（{bytes}）。";
    MessageDelivered, Neutral, "message arrives", "消息到达",
        "{from} → {to}: {what} arrives ({bytes}).",
        "{from} → {to}：{what}到达（{bytes}）。";
    SignSent, Neutral, "TCP", "TCP",
        "{from} → {to}: {what} leaves.",
        "{from} → {to}：{what}发出。";
    SignDelivered, Neutral, "TCP", "TCP",
        "{from} → {to}: {what} arrives.",
        "{from} → {to}：{what}到达。";
    MessageLostCut, Lost, "message lost", "消息丢失",
        "{from} → {to}: the cut link loses what was on its way, {what} ({bytes}).",
        "{from} → {to}：链路切断，途中的内容丢失，{what}（{bytes}）。";
    MessageLostGone, Lost, "message lost", "消息丢失",
        "{from} → {to}: nobody is left to take {what} ({bytes}); it is lost.",
        "{from} → {to}：已没有人接收，{what}（{bytes}）丢失。";
    ConnectionEnded, Neutral, "connection closed", "连接关闭",
        "{peer} has closed its connection with {me}.",
        "{peer} 关闭了与 {me} 的连接。";
    ConnectionReset, Lost, "connection reset", "连接被重置",
        "The connection between {me} and {peer} is reset.",
        "{me} 与 {peer} 之间的连接被重置。";

    // -- links ----------------------------------------------------------------------------------------------
    LinkSet, Neutral, "link set", "设置链路",
        "The link {link} now takes {latency} and limits nothing.",
        "链路 {link} 的延迟现在是 {latency}，带宽不限。";
    LinkSetBandwidth, Neutral, "link set", "设置链路",
        "The link {link} now takes {latency} and carries {bandwidth} a second.",
        "链路 {link} 的延迟现在是 {latency}，带宽是每秒 {bandwidth}。";
    LinkCut, Lost, "link cut", "链路切断",
        "The link {link} is cut. Connections reset: {connections}. Lost on the way: {bytes}.",
        "链路 {link} 被切断。被重置的连接：{connections}。途中丢失：{bytes}。";
    LinkHealed, Propagated, "link healed", "链路恢复",
        "The link {link} is whole again.",
        "链路 {link} 恢复了。";
    LinkHealedHeld, Propagated, "link healed", "链路恢复",
        "The link {link} is whole again: what it held back ({bytes}) travels on.",
        "链路 {link} 恢复了：之前被扣住的内容（{bytes}）继续前进。";
    LinkBlackholed, Lost, "blackhole", "黑洞",
        "The link {link} is a blackhole now: it holds everything back and tells nobody. Only a timeout will find it.",
        "链路 {link} 现在是黑洞：它扣住一切，也不通知任何人，只有超时才能发现。";

    // -- processes ------------------------------------------------------------------------------------------
    NodeAdded, Neutral, "node added", "添加节点",
        "{me} joins the world: Redis {version}.",
        "{me} 加入：Redis {version}。";
    NodeRemoved, Lost, "node removed", "移除节点",
        "{me} is taken away, with its disk.",
        "{me} 连同它的磁盘被移除。";
    Crashed, Lost, "crash", "崩溃",
        "{me} crashes: its memory is lost ({keys}), and no RDB file is on its disk.",
        "{me} 崩溃：内存中的数据丢失（{keys}），磁盘上没有 RDB 文件。";
    CrashedDump, Lost, "crash", "崩溃",
        "{me} crashes: its memory is lost ({keys}); its disk keeps an RDB file of {bytes}.",
        "{me} 崩溃：内存中的数据丢失（{keys}），磁盘上还有一个 {bytes} 的 RDB 文件。";
    Exited, Lost, "process ended", "进程结束",
        "The process of {me} has ended by itself.",
        "{me} 的进程自行结束。";
    Restarted, Neutral, "restart", "重启",
        "{me} starts again, empty: there is no RDB file on its disk.",
        "{me} 重新启动，数据为空：磁盘上没有 RDB 文件。";
    RestartedDump, Neutral, "restart", "重启",
        "{me} starts again from the RDB file of {bytes} on its disk.",
        "{me} 从磁盘上 {bytes} 的 RDB 文件重新启动。";
    Paused, Lost, "paused", "暂停",
        "{me} stands still: its process does nothing, but its kernel still takes bytes.",
        "{me} 停住了：进程什么也不做，但内核仍在接收字节。";
    Resumed, Neutral, "resumed", "恢复",
        "{me} goes on after {span}; what came meanwhile: {bytes}.",
        "{me} 在 {span} 后恢复运行，这期间收到了 {bytes}。";
    Configured, Neutral, "configured", "修改配置",
        "{me}: `{directive}` is `{value}` from now on.",
        "{me}：`{directive}` 从现在起是 `{value}`。";
    ConfiguredLater, Neutral, "configured", "修改配置",
        "{me}: `{directive}` will be `{value}` from its next start.",
        "{me}：`{directive}` 将从下次启动起是 `{value}`。";
}
