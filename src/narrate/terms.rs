//! Names of states, reasons and checks: the words that stand in tables, stations and legends.

use crate::node::link::LinkState;
use crate::node::verdict::FullReason;
use crate::node::view::ReplicaStage;

use crate::sim::ClaimId;

use super::table::texts;

texts! {
    /// A name or a clause.
    pub enum Term first [
        StationConnecting, StationConnected, StageOnline, FullNothing, WakeReplicationCron, WaitWorkload
    ] {
        // -- the stations of the handshake --------------------------------------------------------------------
        StationNone: "no master", "没有主服务器";
        StationConnect: "to connect", "待连接";
        StationConnecting: "connecting", "连接中";
        StationPong: "waiting for the answer to PING", "等待 PING 的回复";
        StationAuth: "waiting for the answer to AUTH", "等待 AUTH 的回复";
        StationPort: "telling its port", "告知端口";
        StationIp: "telling its address", "告知地址";
        StationCapa: "telling its capabilities", "告知能力";
        StationPsync: "waiting for the answer to PSYNC", "等待 PSYNC 的回复";
        StationTransfer: "taking the RDB", "接收 RDB";
        StationConnected: "in step", "已同步";

        // -- how far a replica is, seen by its master -----------------------------------------------------------
        StageWaitsStart: "waits for a snapshot to start", "等待快照开始";
        StageWaitsEnd: "its snapshot is being made", "快照进行中";
        StageTransfer: "takes the RDB", "接收 RDB";
        StageAwaitsAck: "RDB is out, first ACK awaited", "RDB 已发完，等待第一个 ACK";
        StageOnline: "online", "在线";

        // -- why a full resynchronisation ----------------------------------------------------------------------
        FullNothing: "nothing to continue from", "没有可继续的历史";
        FullOtherHistory: "another history", "历史不同";
        FullBeyondSecond: "past the point where the histories part", "超过了两段历史的分叉点";
        FullNoBacklog: "no backlog", "没有复制积压缓冲区";
        FullEvicted: "the byte was evicted", "该字节已被淘汰";
        FullAhead: "ahead of the master", "领先于主服务器";

        // -- why a connection ended -----------------------------------------------------------------------------
        LossPeerClosed: "the other side closed the connection", "对方关闭了连接";
        LossReset: "the connection was reset", "连接被重置";
        LossTimeout: "nothing was heard for {silent}, longer than `repl-timeout` allows", "{silent} 没有任何消息，超过了 `repl-timeout`";
        LossOutputBuffer: "{pending} waited in its output buffer, more than `client-output-buffer-limit` allows", "输出缓冲区里积压了 {pending}，超过了 `client-output-buffer-limit`";
        LossProtocol: "its bytes could not be understood (`{error}`)", "收到的字节无法理解（`{error}`）";
        LossSnapshotFailed: "the snapshot for it failed or was given up", "为它做的快照失败或被放弃";
        LossRoleChange: "a role or a master has changed", "角色或主服务器已改变";
        LossClosed: "the connection was closed on purpose", "连接被主动关闭";
        LossUnexpectedReply: "`{command}` would have sent a reply into the replication stream", "`{command}` 会把回复写进复制流";

        // -- what is claimed ------------------------------------------------------------------------------------
        ClaimEqualData: "equal offsets, equal data", "偏移量相等，数据就相同";
        ClaimEqualDataWhat: "Two nodes at the same offset of the same history hold the same data. The claim says nothing about two different histories, nor about a replica that somebody else may write to, nor about a master without a backlog, which does not count its writes.", "处于同一段历史、同一偏移量的两个节点，数据相同。这个说法不涉及两段不同的历史，不涉及允许别人写入的从服务器，也不涉及没有积压缓冲区、因而不计写入的主服务器。";
        ClaimUnbroken: "no gap, no byte twice", "不缺字节，也不重复";
        ClaimUnbrokenWhat: "A replica gets every byte of the stream once and in order. Neither `+CONTINUE` nor anything else leaves a gap or repeats a byte.", "从服务器按顺序得到复制流的每个字节，且只得到一次。`+CONTINUE` 也好，其他情况也好，都不会留下缺口或重复字节。";
        ClaimGrow: "offsets only grow", "偏移量只增不减";
        ClaimGrowWhat: "Within one history a node's offset never goes back, except by a full synchronisation.", "在同一段历史里，节点的偏移量从不倒退，除非完整同步。";
        ClaimBehind: "no replica ahead of its master", "从服务器不会领先于主服务器";
        ClaimBehindWhat: "A connected replica has applied at most what its master has written.", "已连接的从服务器执行的内容，至多是主服务器写入的内容。";
        ClaimBacklog: "the backlog ends where the stream ends", "积压缓冲区的末尾就是复制流的末尾";
        ClaimBacklogWhat: "First byte + length = offset + 1.", "首字节 + 长度 = 偏移量 + 1。";
        ClaimStates: "only legal steps in the handshake", "握手只走合法的步骤";
        ClaimStatesWhat: "The link of a replica goes only from one state to a state that can follow it.", "从服务器的链路状态只会转到可以跟在它后面的状态。";

        // -- what a message is ----------------------------------------------------------------------------------
        CarriesOpen: "a connection request", "连接请求";
        CarriesAccept: "the acceptance of a connection", "接受连接的应答";
        CarriesRefuse: "the refusal of a connection", "拒绝连接的应答";
        CarriesEnd: "the end of a connection", "连接结束";
        CarriesReset: "a connection reset", "连接重置";
        CarriesDialogue: "a command or its reply", "命令或回复";
        CarriesHandshake: "a line of the handshake", "握手内容";
        CarriesQuestion: "the question of synchronisation", "同步请求";
        CarriesAnswer: "the answer to the question", "对同步请求的回复";
        CarriesKeepAlive: "a newline that says: have patience", "表示请稍候的换行符";
        CarriesRdbHeader: "the header of the RDB", "RDB 的头部";
        CarriesRdb: "a piece of the RDB, up to {sent} of {bytes}", "RDB 的一段（至 {sent} / {bytes}）";
        CarriesRdbOpen: "a piece of the RDB, {sent} so far", "RDB 的一段（至今 {sent}）";
        CarriesStream: "the stream from byte {first} on", "从第 {first} 字节起的复制流";
        CarriesAck: "an ACK", "ACK";

        // -- what a timer waits for -----------------------------------------------------------------------------
        WakeReplicationCron: "the next cron", "每秒一次的定时任务";
        WakeSnapshotDone: "the end of a snapshot", "快照完成";
        WakeLoadDone: "the end of loading the RDB", "RDB 载入完成";
        WakeDisklessDelay: "the end of the diskless delay", "无盘延迟结束";
        WakeAwake: "the end of `DEBUG SLEEP`", "`DEBUG SLEEP` 结束";
        WakeExpiry: "a key that expires", "键到期";
        WakeBlockedClient: "a blocked client's timeout", "阻塞的客户端超时";
        WakeHousekeeping: "a timer of the server", "服务器的定时任务";
        WaitDelivery: "a message from {from} to {to}", "{from} 发往 {to} 的消息";
        WaitUnreachable: "{node}'s attempt to reach {to} to fail", "{node} 连接 {to} 失败";
        WaitWorkload: "the next command", "下一条命令";
    }
}

/// A claim in a few words, and what it says exactly.
pub fn claim(id: ClaimId) -> (Term, Term) {
    match id {
        ClaimId::EqualOffsetsEqualData => (Term::ClaimEqualData, Term::ClaimEqualDataWhat),
        ClaimId::StreamUnbroken => (Term::ClaimUnbroken, Term::ClaimUnbrokenWhat),
        ClaimId::OffsetsGrow => (Term::ClaimGrow, Term::ClaimGrowWhat),
        ClaimId::ReplicaBehindMaster => (Term::ClaimBehind, Term::ClaimBehindWhat),
        ClaimId::BacklogArithmetic => (Term::ClaimBacklog, Term::ClaimBacklogWhat),
        ClaimId::LegalStates => (Term::ClaimStates, Term::ClaimStatesWhat),
    }
}

/// The name of a station of the handshake.
pub fn station(state: LinkState) -> Term {
    match state {
        LinkState::None => Term::StationNone,
        LinkState::Connect => Term::StationConnect,
        LinkState::Connecting => Term::StationConnecting,
        LinkState::AwaitPong => Term::StationPong,
        LinkState::AwaitAuth => Term::StationAuth,
        LinkState::AwaitPort => Term::StationPort,
        LinkState::AwaitIp => Term::StationIp,
        LinkState::AwaitCapa => Term::StationCapa,
        LinkState::AwaitPsync => Term::StationPsync,
        LinkState::Transfer => Term::StationTransfer,
        LinkState::Connected => Term::StationConnected,
    }
}

/// The name of a stage of synchronisation.
pub fn stage(stage: ReplicaStage) -> Term {
    match stage {
        ReplicaStage::WaitsForStart => Term::StageWaitsStart,
        ReplicaStage::WaitsForEnd { .. } => Term::StageWaitsEnd,
        ReplicaStage::Transfer { .. } => Term::StageTransfer,
        ReplicaStage::AwaitsAck { .. } => Term::StageAwaitsAck,
        ReplicaStage::Online => Term::StageOnline,
    }
}

/// The reason of a full resynchronisation in a few words.
pub fn full_reason(reason: FullReason) -> Term {
    match reason {
        FullReason::NothingToContinue => Term::FullNothing,
        FullReason::OtherHistory => Term::FullOtherHistory,
        FullReason::BeyondSecondOffset { .. } => Term::FullBeyondSecond,
        FullReason::NoBacklog => Term::FullNoBacklog,
        FullReason::Evicted { .. } => Term::FullEvicted,
        FullReason::Ahead { .. } => Term::FullAhead,
    }
}
