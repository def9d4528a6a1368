//! Why it matters: a short explanation for each decision and each milestone.
//!
//! The sentence of a story says what happened, with its numbers; the text here says why Redis does so and what follows
//! from it. It is the same whatever the numbers are.

use super::Story;
use super::table::texts;

texts! {
    /// An explanation. None is said before somebody asks for it.
    pub enum Why first [] {
        Start: "Every start of a server makes a new *run ID* of 40 hexadecimal characters. A replica remembers its master's ID (since 4.0 the *replication ID*, which is new as well unless an RDB kept it), so it notices when it talks to another process than before, whose history may differ.",
            "服务器每次启动都会生成新的*运行 ID*：40 个十六进制字符。从服务器会记住主服务器的 ID（4.0 起是*复制 ID*，除非 RDB 里保存了它，否则也是新的），于是能发现自己面对的已不是原来的进程，历史可能不同。";
        ToldToReplicate: "`SLAVEOF` (since 5.0 also `REPLICAOF`) only notes down the master and returns at once. Connecting, asking and loading happen afterwards, and until the RDB arrives the node still has its own old data.",
            "`SLAVEOF`（5.0 起也可用 `REPLICAOF`）只是记下主服务器，随即返回。连接、询问和载入都在之后进行；RDB 到达之前，节点仍是自己原来的数据。";
        Promotion: "When a master dies, writes stop until somebody makes a replica the new master: `SLAVEOF NO ONE`. Redis replication does not do this by itself; Sentinel or a person does. What the new master had not received yet is lost.",
            "主服务器宕机后，写操作就停了，直到有人用 `SLAVEOF NO ONE` 把一个从服务器提升为主服务器。复制本身不会自动这样做，要靠 Sentinel 或人工。新主服务器还没收到的写命令就丢失了。";
        NewId: "Since 4.0 the *replication ID* names a history, not a process. A promoted replica takes a new one, because its history now differs from the old master's, and keeps the old one as second ID up to the point where they part. So replicas of the old master can continue with it without a full resynchronisation.",
            "4.0 起，*复制 ID* 标识的是一段历史，而不是一个进程。被提升的从服务器换用新的 ID，因为从此它的历史与旧主服务器不同；旧的 ID 作为第二 ID 保留，到分叉点为止有效。这样旧主服务器的其他从服务器可以在它这里继续，不必完整重同步。";
        Question: "The replica asks with two things: the history it follows and the *next* byte it wants, which is its offset + 1. `PSYNC ? -1` means: I have nothing, give me everything.",
            "从服务器请求时带着两样东西：它跟随的历史，以及它要的*下一个*字节，即自己的偏移量加 1。`PSYNC ? -1` 的意思是：我什么都没有，请给我全部。";
        OldQuestion: "`SYNC` is the question from before 2.8. It names no history and no offset, so the only possible answer is a whole RDB, even when the replica missed a single command.",
            "`SYNC` 是 2.8 之前的请求。它不带历史也不带偏移量，所以唯一可能的回答是整个 RDB，哪怕从服务器只错过了一条命令。";
        Continue: "A *partial resynchronisation*. Two things had to be true: the replica follows this master's history, and the byte it wants next is still in the backlog (the byte that comes next counts, too). So only the missed bytes travel; no snapshot, no RDB, no loading.",
            "这是*部分重同步*。它要满足两个条件：从服务器跟随的正是这个主服务器的历史；它要的下一个字节还在复制积压缓冲区里（即将写入的那个字节也算）。于是只需发送错过的字节：不做快照，不传 RDB，不用载入。";
        FullNothing: "A *full resynchronisation*, as every first copy must be: there is no common history to continue. The master makes a snapshot, sends it, then sends what was written meanwhile.",
            "这是*完整重同步*，第一次复制必然如此：没有共同的历史可以继续。主服务器做快照并发送，然后发送这期间的写命令。";
        FullOtherHistory: "Equal offsets mean equal data only within one history. The replica follows another one: its master was restarted, or it followed somebody else. Nobody can say what it missed, so it takes everything again. Since 7.0 a master that saved an RDB at shutdown remembers its history after the restart.",
            "只有在同一段历史里，偏移量相等才意味着数据相同。这个从服务器跟随的是另一段历史：它的主服务器重启过，或者它原来跟随别的服务器。没人知道它错过了什么，所以它重新获取全部。7.0 起，关闭时保存了 RDB 的主服务器，重启后还记得自己的历史。";
        FullBeyondSecond: "The replica followed the old master longer than the new one did: it has bytes that the new master never saw. Those writes are part of no shared history; they are given up, and the replica takes everything again.",
            "从服务器跟随旧主服务器比新主服务器更久：它有一些新主服务器从未见过的字节。这些写命令不属于共同的历史，只能放弃，从服务器重新获取全部。";
        FullNoBacklog: "Without a backlog the master cannot say what the replica missed. A backlog is made when the first replica comes and freed after `repl-backlog-ttl` without any.",
            "没有复制积压缓冲区，主服务器就说不出从服务器错过了什么。缓冲区在第一个从服务器到来时创建，若在 `repl-backlog-ttl` 时间内一直没有从服务器，就会被释放。";
        FullEvicted: "The backlog has a fixed length. While the replica was away, more was written than fits, and the bytes it needs were pushed out. The cure is a larger `repl-backlog-size`: about the bytes written per second, times the seconds that a disconnection may last, with a margin.",
            "复制积压缓冲区的长度是固定的。从服务器离线期间写入的内容超过了它的容量，所需的字节被挤了出去。解决办法是增大 `repl-backlog-size`：大约是每秒写入的字节数乘以允许断线的秒数，再留余量。";
        FullAhead: "A replica that has more than its master cannot be continued: the bytes that it holds beyond do not exist in this history. It takes everything again and loses what it had in excess.",
            "从服务器比主服务器还多，就无法继续：多出的字节在这段历史里并不存在。它重新获取全部，多出的内容会丢失。";
        PsyncUnknown: "A master older than 2.8 does not know `PSYNC` and answers with an error. The replica then asks with `SYNC` on the same connection. It works, but every reconnection costs a whole RDB.",
            "早于 2.8 的主服务器不认识 `PSYNC`，回复错误。从服务器随后在同一连接上改用 `SYNC`。这样可以工作，但每次重连都要付出整个 RDB 的代价。";
        Refused: "The master cannot synchronise anybody at the moment, mostly because it is a replica whose own link is down. The replica will try again.",
            "主服务器暂时无法为任何人同步，多半因为它自己也是从服务器，而它的链路断了。从服务器会再次尝试。";
        Garbled: "The answer should name an ID of 40 characters and an offset. Without them the RDB can still be loaded, but the replica knows neither its history nor its place in it, so its next question must be for everything.",
            "回复里应当有 40 个字符的 ID 和偏移量。没有它们，RDB 仍可载入，但从服务器既不知道自己的历史，也不知道进度，所以下次只能请求全部。";
        Waiting: "A snapshot costs a fork of the process and much work, so replicas that come together share one. With diskless replication the master waits a little for others before it starts, because nobody can join later.",
            "做一次快照要派生进程，开销很大，所以同时到来的从服务器共用一个。无盘复制时，主服务器会先等一等其他从服务器，因为开始之后就没人能加入了。";
        Snapshot: "BGSAVE takes the data *as they are at this moment*; the process goes on serving. Every write from now on is missing in the RDB, so it must be kept for the waiting replica and sent after it.",
            "BGSAVE 保存的是*此刻*的数据，进程照常服务。从现在起的每个写命令都不在 RDB 里，所以必须为等待的从服务器留存，随后发送。";
        SnapshotDone: "The RDB is complete. What the master wrote meanwhile is not in it; it waits in the replica's output buffer.",
            "RDB 已经完成。这期间主服务器写入的内容不在其中，而是在该从服务器的输出缓冲区里等待。";
        SnapshotFailed: "Without a snapshot there is nothing to send. The master closes the connection and the replica begins again from the start.",
            "没有快照就没有可发送的内容。主服务器关闭连接，从服务器从头再来。";
        Shared: "The replica joins a snapshot made for another one: it gets the same RDB, the same offset and a copy of everything that was buffered for the other since the snapshot began.",
            "这个从服务器加入了为别人做的快照：得到同样的 RDB、同样的偏移量，以及快照开始后为对方缓冲的全部内容的副本。";
        Transfer: "The RDB travels as one long bulk. Its time depends on its size and on the bandwidth: the more data, the longer the replica is without them, and the more writes wait in its output buffer. If they exceed `client-output-buffer-limit`, the master gives up and all begins anew.",
            "RDB 作为一个长数据块传输，时间取决于大小和带宽：数据越多，从服务器等得越久，输出缓冲区里积压的写命令也越多。一旦超过 `client-output-buffer-limit`，主服务器就会放弃，一切从头再来。";
        Loading: "The replica empties its database and loads the RDB. Meanwhile it answers reads and writes with `-LOADING`.",
            "从服务器清空自己的数据库并载入 RDB。在此期间，读写请求得到的回复都是 `-LOADING`。";
        Loaded: "The replica now has the data of the snapshot's moment, not of this moment. The writes kept meanwhile follow; after them both are equal.",
            "从服务器现在的数据是做快照那一刻的，而不是此刻的。接着是期间留存的写命令；执行完之后两者才相等。";
        LoadFailed: "An RDB that is newer than the replica can read, or damaged, is never used in part. The replica closes the connection and begins again. (A real server that finds *damage* in a file ends its process.)",
            "新到从服务器读不懂的 RDB，或者损坏的 RDB，绝不会被部分使用。从服务器关闭连接，从头再来。（真实的服务器发现文件*损坏*时会结束进程。）";
        Flushed: "These are the writes that came after the snapshot. Sent in their order they bring the replica from the snapshot to the present.",
            "这些是快照之后的写命令。按顺序发送，它们把从服务器从快照那一刻带到现在。";
        Online: "From now on this is *command propagation*: each write is sent to all replicas as soon as it is executed, and nobody waits for them. A client may have its `OK` before any replica has the write.",
            "从现在起是*命令传播*：每个写命令一执行就发给所有从服务器，而且不等待它们。客户端得到 `OK` 时，可能还没有一个从服务器收到这次写入。";
        BacklogMade: "The *replication backlog* is a first-in-first-out queue of bytes with a fixed length (1 MB unless configured). All that is propagated is also written here. It is made once, for all replicas together.",
            "*复制积压缓冲区*是固定长度的先进先出字节队列（默认 1 MB）。凡是传播的内容也都写进这里。它只有一个，由所有从服务器共用。";
        BacklogGone: "Nobody was there to continue, so the memory is given back. The next replica will get a full resynchronisation.",
            "没有人来继续，于是内存被收回。下一个从服务器将得到完整重同步。";
        LinkLost: "The replica keeps what it has: the ID of the history and how far it came. It goes on answering reads, possibly with old data, and tries to connect again. What the next `PSYNC` offers decides what the interruption costs.",
            "从服务器保留已有的信息：历史的 ID 和自己的进度。它继续回答读请求，数据可能已过时，同时不断尝试重连。下一次 `PSYNC` 能提供什么，决定了这次中断的代价。";
        ReplicaGone: "The master forgets the connection, not the bytes: they stay in the backlog as long as there is room. The replica may be back in time, or not.",
            "主服务器忘掉的是连接，不是字节：只要放得下，字节仍留在复制积压缓冲区里。从服务器可能及时回来，也可能来不及。";
        Cut: "A cut is what a reset connection looks like: both ends are told at once, and what was under way is lost. The sender does not know which of its bytes arrived. That is why the replica says so itself when it comes back.",
            "切断就像连接被重置：两端立即得知，途中的内容丢失。发送方不知道哪些字节已经到达，所以由从服务器在回来时自己说明。";
        Healed: "The link is there again, but the old connection is not. The replica tries once a second and makes a new one at its next attempt.",
            "链路恢复了，但旧的连接已不存在。从服务器每秒尝试一次，下次尝试时就会建立新连接。";
        Blackhole: "Nobody is told that nothing arrives any more. Each side finds out only by silence, after `repl-timeout` (60 s). Healed earlier, the bytes held back arrive in order and nothing is lost.",
            "没有人被告知内容已不再到达。双方只能从沉默中发现，要过 `repl-timeout`（60 s）。如果提前恢复，被扣住的字节会按顺序到达，什么也不丢。";
        Crash: "The memory is gone, and with it the run ID and the backlog. If the server starts again without its data while its replicas are connected to it, they will copy the *empty* dataset: restart a master without persistence only with great care.",
            "内存没有了，运行 ID 和积压缓冲区也随之消失。如果服务器不带数据重启，而从服务器又连上来，它们会复制那份*空的*数据集：没有持久化的主服务器，重启要格外小心。";
        Paused: "A stopped process is not a closed connection: bytes still arrive in its kernel and wait. Others notice only by its silence.",
            "进程停住并不等于连接关闭：字节仍会到达它的内核并等待。别人只能从它的沉默中察觉。";
    }
}

/// The explanation of a story; routine and small steps have none.
pub fn why(story: Story) -> Option<Why> {
    Some(match story {
        Story::Started | Story::Restarted | Story::RestartedDump => Why::Start,
        Story::MasterSet => Why::ToldToReplicate,
        Story::Promoted => Why::Promotion,
        Story::IdNewHistory
        | Story::IdAfterFreed
        | Story::IdPromoted
        | Story::IdAdopted
        | Story::IdContinued
        | Story::IdChanged
        | Story::AnsweredContinueNewId => Why::NewId,
        Story::PsyncSent | Story::PsyncSentAll | Story::PsyncAsked | Story::PsyncAskedAll => Why::Question,
        Story::SyncSent | Story::SyncAsked | Story::IdNone | Story::LoadEndedUncounted => Why::OldQuestion,
        Story::DecidedContinue
        | Story::DecidedContinueNothing
        | Story::DecidedContinueSecond
        | Story::DecidedContinueSecondNothing
        | Story::AnsweredContinue => Why::Continue,
        Story::DecidedNothingToContinue | Story::AnsweredFull => Why::FullNothing,
        Story::DecidedOtherHistory | Story::DecidedOtherHistoryBoth => Why::FullOtherHistory,
        Story::DecidedBeyondSecond => Why::FullBeyondSecond,
        Story::DecidedNoBacklog => Why::FullNoBacklog,
        Story::DecidedEvicted | Story::BacklogEvicted => Why::FullEvicted,
        Story::DecidedAhead => Why::FullAhead,
        Story::PsyncUnknown | Story::AnsweredNotUnderstood => Why::PsyncUnknown,
        Story::AnsweredGarbled => Why::Garbled,
        Story::SyncRefused | Story::AnsweredNotNow => Why::Refused,
        Story::WaitsForOthers | Story::WaitsForSnapshot => Why::Waiting,
        Story::SnapshotStarted
        | Story::SnapshotStartedSockets
        | Story::SnapshotStartedUncounted
        | Story::Granted
        | Story::GrantedSync
        | Story::WriteBufferedUncounted
        | Story::WriteBuffered => Why::Snapshot,
        Story::SnapshotEnded => Why::SnapshotDone,
        Story::SnapshotFailed => Why::SnapshotFailed,
        Story::GrantedShared | Story::GrantedSyncShared => Why::Shared,
        Story::TransferStarted | Story::TransferStartedMark | Story::TransferEnded => Why::Transfer,
        Story::LoadStarted => Why::Loading,
        Story::LoadEnded => Why::Loaded,
        Story::LoadFailed => Why::LoadFailed,
        Story::BufferFlushed | Story::BufferFlushedEmpty => Why::Flushed,
        Story::ReplicaOnline | Story::LinkConnected | Story::PropagatedWrite | Story::PropagatedUncounted => {
            Why::Online
        }
        Story::BacklogCreated => Why::BacklogMade,
        Story::BacklogFreed => Why::BacklogGone,
        Story::MasterLost | Story::MasterLostNothing => Why::LinkLost,
        Story::ReplicaLost => Why::ReplicaGone,
        Story::LinkCut | Story::MessageLostCut => Why::Cut,
        Story::LinkHealed | Story::LinkHealedHeld => Why::Healed,
        Story::LinkBlackholed => Why::Blackhole,
        Story::Crashed | Story::CrashedDump => Why::Crash,
        Story::Paused | Story::Resumed => Why::Paused,
        _ => return None,
    })
}
