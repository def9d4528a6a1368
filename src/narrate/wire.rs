//! What bytes mean, in words: the notes of the two codecs for the inspector, beside the hex.

use crate::base::{Blob, ByteCount, Offset, UnixMs, printable};
use crate::rdb::{self, Counted, LzfStep, Opcode, Role};
use crate::resp::annotate as resp;

use super::Arg;
use super::table::texts;

texts! {
    /// The meaning of a few bytes.
    pub enum Wire first [] {
        // -- RESP -------------------------------------------------------------------------------------------
        ArgumentCount: "a command of {n} words", "{n} 个词的命令";
        Length: "{bytes} follow", "后面有 {bytes}";
        Name: "the command `{text}`", "命令 `{text}`";
        Argument: "argument {n}: `{text}`", "参数 {n}：`{text}`";
        LineEnd: "end of line", "行尾";
        Inline: "a command as a plain line: `{text}`", "单行形式的命令：`{text}`";
        EmptyLine: "an empty line: still here", "空行：表示还在";
        Status: "the answer `{text}`", "回复 `{text}`";
        Error: "the error `{text}`", "错误 `{text}`";
        Integer: "the number {n}", "整数 {n}";
        ElementCount: "a list of {n}", "{n} 个元素的列表";
        Bulk: "the value `{text}`", "值 `{text}`";
        Null: "nothing", "空";
        FullResync: "everything anew: history {id}, the RDB holds all up to byte {offset}", "重新获取全部：历史 {id}，RDB 包含到第 {offset} 字节";
        Continue: "go on where you stopped", "从断开处继续";
        ContinueId: "go on where you stopped, under the ID {id}", "从断开处继续，使用 ID {id}";
        RdbLength: "an RDB of {bytes} follows", "后面是 {bytes} 的 RDB";
        RdbMark: "an RDB follows, up to the mark `{text}`", "后面是 RDB，直到标记 `{text}`";
        RdbBody: "the RDB", "RDB";
        RdbEnd: "the mark: the RDB ends", "标记：RDB 结束";
        RespUnread: "not complete, or not RESP", "不完整，或不是 RESP";

        // -- RDB --------------------------------------------------------------------------------------------
        Magic: "the word REDIS: this is an RDB", "REDIS 字样：这是 RDB";
        Version: "RDB format version {n}", "RDB 格式版本 {n}";
        OpAux: "a note about the file follows", "后面是关于文件的说明";
        OpSelectDb: "the database is chosen", "选择数据库";
        OpResizeDb: "the size of the database follows", "后面是数据库的大小";
        OpExpireSeconds: "an expiry time in seconds follows", "后面是以秒计的过期时间";
        OpExpireMs: "an expiry time in milliseconds follows", "后面是以毫秒计的过期时间";
        OpFrequency: "how often the key was used follows", "后面是键的使用频率";
        OpIdle: "how long the key was idle follows", "后面是键的空闲时间";
        OpEnd: "the end of the data", "数据结束";
        Type: "type of the value: {what}", "值的类型：{what}";
        LengthBytes: "{role}: a text of {bytes}", "{role}：{bytes} 的文本";
        LengthCompressed: "{role}: {bytes} in the file, compressed", "{role}：文件中 {bytes}，已压缩";
        LengthInflated: "{role}: {bytes} when decompressed", "{role}：解压后 {bytes}";
        CountElements: "elements: {n}", "元素个数：{n}";
        CountMembers: "members: {n}", "成员个数：{n}";
        CountFields: "fields: {n}", "字段个数：{n}";
        CountNodes: "nodes of the list: {n}", "列表节点数：{n}";
        CountDatabase: "database {n}", "{n} 号数据库";
        CountKeys: "keys: {n}", "键的个数：{n}";
        CountExpires: "keys that expire: {n}", "会过期的键：{n}";
        CountIdle: "idle for {n} s", "空闲 {n} s";
        Container: "kind of the next node: {n} (1 a single element, 2 a listpack)", "下一节点的种类：{n}（1 是单个元素，2 是 listpack）";
        ScoreDigits: "digits of the score: {n}", "分值的位数：{n}";
        Text: "{role}: `{text}`", "{role}：`{text}`";
        IntegerText: "{role}: `{n}`, kept as an integer", "{role}：`{n}`，以整数保存";
        Compressed: "a text compressed with LZF follows", "后面是用 LZF 压缩的文本";
        LzfLiteral: "{role}: `{text}` as it is", "{role}：原样的 `{text}`";
        LzfRepeat: "{role}: {bytes} once more, from {distance} before", "{role}：重复之前相距 {distance} 处的 {bytes}";
        Expiry: "expires at {ms} ms since 1970", "过期于 1970 年起的 {ms} ms";
        ExpirySeconds: "expires at {s} s since 1970", "过期于 1970 年起的 {s} s";
        Frequency: "use counter: {n}", "使用计数：{n}";
        Score: "{role}: `{text}`", "{role}：`{text}`";
        BlockBytes: "size of this block: {bytes}", "此数据块的大小：{bytes}";
        BlockTail: "its last entry begins at {n}", "最后一项始于 {n}";
        BlockCount: "its entries: {n}", "项数：{n}";
        PreviousLength: "size of the entry before: {bytes}", "前一项的大小：{bytes}";
        EntryLength: "{role}: {bytes} follow", "{role}：后面有 {bytes}";
        BackLength: "size of this entry, to be read backwards: {bytes}", "此项的大小，供反向读取：{bytes}";
        BlockEnd: "end of the block", "数据块结束";
        IntsetWidth: "bytes of each number: {n}", "每个整数的字节数：{n}";
        IntsetCount: "numbers: {n}", "整数个数：{n}";
        ZipmapFree: "unused: {bytes}", "未使用：{bytes}";
        ZipmapSlack: "unused bytes", "未使用的字节";
        ChecksumRight: "checksum (CRC-64): right", "校验和（CRC-64）：正确";
        ChecksumWrong: "checksum (CRC-64): *wrong*", "校验和（CRC-64）：*错误*";
        ChecksumNone: "checksum: none was computed", "校验和：未计算";
        RdbUnread: "not readable: {error}", "无法读取：{error}";
        RdbTrailing: "after the end of the RDB", "RDB 结束之后";

        // -- what a text is -----------------------------------------------------------------------------------
        RoleAuxName: "note", "说明";
        RoleAuxValue: "its value", "说明的值";
        RoleKey: "key", "键";
        RoleString: "value", "值";
        RoleElement: "element {n}", "元素 {n}";
        RoleMember: "member {n}", "成员 {n}";
        RoleField: "field {n}", "字段 {n}";
        RoleFieldValue: "value of field {n}", "字段 {n} 的值";
        RoleScore: "score of member {n}", "成员 {n} 的分值";
        RoleBlock: "packed value", "紧凑编码的值";
    }
}

/// How much of a text is shown.
const TEXT_MAX: usize = 80;

type Args = Vec<(&'static str, Arg)>;

fn told(id: Wire, args: Args) -> Arg {
    Arg::Told(id.template(), args)
}

fn text(blob: &Blob) -> (&'static str, Arg) {
    ("text", Arg::Code(printable(blob, TEXT_MAX)))
}

fn number(n: impl Into<i128>) -> (&'static str, Arg) {
    ("n", Arg::Words(n.into().to_string()))
}

fn bytes(n: impl Into<u64>) -> (&'static str, Arg) {
    ("bytes", Arg::Bytes(ByteCount(n.into())))
}

/// The meaning of bytes of RESP.
pub fn resp_meaning(what: &resp::What) -> Arg {
    use resp::What;
    match what {
        What::ArgumentCount(n) => told(Wire::ArgumentCount, vec![number(*n)]),
        What::Length(n) => told(Wire::Length, vec![bytes(*n)]),
        What::Name(name) => told(Wire::Name, vec![text(name)]),
        What::Argument(n, value) => told(Wire::Argument, vec![number(*n), text(value)]),
        What::LineEnd => told(Wire::LineEnd, vec![]),
        What::Inline(words) => {
            let line: Vec<String> = words.iter().map(|word| printable(word, TEXT_MAX)).collect();
            told(Wire::Inline, vec![("text", Arg::Code(line.join(" ")))])
        }
        What::EmptyLine => told(Wire::EmptyLine, vec![]),
        What::Status(line) => told(Wire::Status, vec![text(line)]),
        What::Error(line) => told(Wire::Error, vec![text(line)]),
        What::Integer(n) => told(Wire::Integer, vec![number(*n)]),
        What::ElementCount(n) => told(Wire::ElementCount, vec![number(*n)]),
        What::Bulk(value) => told(Wire::Bulk, vec![text(value)]),
        What::Null => told(Wire::Null, vec![]),
        What::FullResync { id, offset } => {
            told(Wire::FullResync, vec![("id", Arg::Id(*id)), ("offset", Arg::Offset(Offset(*offset)))])
        }
        What::Continue { id: None } => told(Wire::Continue, vec![]),
        What::Continue { id: Some(id) } => told(Wire::ContinueId, vec![("id", Arg::Id(*id))]),
        What::RdbLength(n) => told(Wire::RdbLength, vec![bytes(*n)]),
        What::RdbMark(mark) => told(Wire::RdbMark, vec![text(mark)]),
        What::Rdb => told(Wire::RdbBody, vec![]),
        What::RdbEnd => told(Wire::RdbEnd, vec![]),
        What::Unread => told(Wire::RespUnread, vec![]),
    }
}

/// The meaning of bytes of an RDB.
pub fn rdb_meaning(what: &rdb::What) -> Arg {
    use rdb::What;
    match what {
        What::Magic => told(Wire::Magic, vec![]),
        What::Version(n) => told(Wire::Version, vec![number(*n)]),
        What::Opcode(opcode) => told(opcode_id(*opcode), vec![]),
        What::Type(kind) => told(Wire::Type, vec![("what", Arg::Code(format!("{kind:?}")))]),
        What::Length(counted, n) => count(*counted, *n),
        What::Text(role, value) => told(Wire::Text, vec![named(*role), text(value)]),
        What::IntegerText(role, n) => told(Wire::IntegerText, vec![named(*role), number(*n)]),
        What::Compressed => told(Wire::Compressed, vec![]),
        What::Lzf(role, LzfStep::Literal(value)) => told(Wire::LzfLiteral, vec![named(*role), text(value)]),
        What::Lzf(role, LzfStep::Repeat { len, distance }) => told(
            Wire::LzfRepeat,
            vec![named(*role), bytes(*len), ("distance", Arg::Bytes(ByteCount((*distance).into())))],
        ),
        What::ExpiryMs(ms) => told(Wire::Expiry, vec![("ms", Arg::Words(UnixMs(*ms).0.to_string()))]),
        What::ExpirySeconds(s) => told(Wire::ExpirySeconds, vec![("s", Arg::Words(s.to_string()))]),
        What::Frequency(n) => told(Wire::Frequency, vec![number(*n)]),
        What::Score(member, score) => {
            told(Wire::Score, vec![named(Role::Score(*member)), ("text", Arg::Code(score.clone()))])
        }
        What::Checksum { stored: 0, .. } => told(Wire::ChecksumNone, vec![]),
        What::Checksum { stored, computed } if stored == computed => told(Wire::ChecksumRight, vec![]),
        What::Checksum { .. } => told(Wire::ChecksumWrong, vec![]),
        What::Unread(error) => told(Wire::RdbUnread, vec![("error", Arg::Code(error.to_string()))]),
        What::Trailing => told(Wire::RdbTrailing, vec![]),
        block => block_meaning(block),
    }
}

/// The inside of packed values.
fn block_meaning(what: &rdb::What) -> Arg {
    use rdb::What;
    match what {
        What::BlockBytes(n) => told(Wire::BlockBytes, vec![bytes(*n)]),
        What::BlockTail(n) => told(Wire::BlockTail, vec![number(*n)]),
        What::BlockCount(n) => told(Wire::BlockCount, vec![number(*n)]),
        What::PreviousLength(n) => told(Wire::PreviousLength, vec![bytes(*n)]),
        What::EntryLength(role, n) => told(Wire::EntryLength, vec![named(*role), bytes(*n)]),
        What::EntryText(role, value) => told(Wire::Text, vec![named(*role), text(value)]),
        What::EntryInteger(role, n) => told(Wire::IntegerText, vec![named(*role), number(*n)]),
        What::BackLength(n) => told(Wire::BackLength, vec![bytes(*n)]),
        What::IntsetWidth(n) => told(Wire::IntsetWidth, vec![number(*n)]),
        What::IntsetCount(n) => told(Wire::IntsetCount, vec![number(*n)]),
        What::ZipmapFree(n) => told(Wire::ZipmapFree, vec![bytes(*n)]),
        What::ZipmapSlack => told(Wire::ZipmapSlack, vec![]),
        _ => told(Wire::BlockEnd, vec![]),
    }
}

fn opcode_id(opcode: Opcode) -> Wire {
    match opcode {
        Opcode::Aux => Wire::OpAux,
        Opcode::SelectDb => Wire::OpSelectDb,
        Opcode::ResizeDb => Wire::OpResizeDb,
        Opcode::ExpireSeconds => Wire::OpExpireSeconds,
        Opcode::ExpireMs => Wire::OpExpireMs,
        Opcode::Frequency => Wire::OpFrequency,
        Opcode::Idle => Wire::OpIdle,
        Opcode::End => Wire::OpEnd,
    }
}

fn count(counted: Counted, n: u64) -> Arg {
    let id = match counted {
        Counted::Bytes(role) => return told(Wire::LengthBytes, vec![named(role), bytes(n)]),
        Counted::CompressedBytes(role) => return told(Wire::LengthCompressed, vec![named(role), bytes(n)]),
        Counted::InflatedBytes(role) => return told(Wire::LengthInflated, vec![named(role), bytes(n)]),
        Counted::Elements => Wire::CountElements,
        Counted::Members => Wire::CountMembers,
        Counted::Fields => Wire::CountFields,
        Counted::Nodes => Wire::CountNodes,
        Counted::Database => Wire::CountDatabase,
        Counted::Keys => Wire::CountKeys,
        Counted::Expires => Wire::CountExpires,
        Counted::IdleSeconds => Wire::CountIdle,
        Counted::Container => Wire::Container,
        Counted::ScoreDigits => Wire::ScoreDigits,
    };
    told(id, vec![number(n)])
}

/// What a text is; numbers are counted from 1 for people.
fn named(role: Role) -> (&'static str, Arg) {
    let numbered = |id, n: u32| told(id, vec![number(n + 1)]);
    let arg = match role {
        Role::AuxName => told(Wire::RoleAuxName, vec![]),
        Role::AuxValue => told(Wire::RoleAuxValue, vec![]),
        Role::Key => told(Wire::RoleKey, vec![]),
        Role::String => told(Wire::RoleString, vec![]),
        Role::Element(n) => numbered(Wire::RoleElement, n),
        Role::Member(n) => numbered(Wire::RoleMember, n),
        Role::Field(n) => numbered(Wire::RoleField, n),
        Role::FieldValue(n) => numbered(Wire::RoleFieldValue, n),
        Role::Score(n) => numbered(Wire::RoleScore, n),
        Role::Block => told(Wire::RoleBlock, vec![]),
    };
    ("role", arg)
}
