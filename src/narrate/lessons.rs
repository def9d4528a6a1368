//! The guided scenarios: their order, titles and what each is about.
//!
//! A lesson itself is a scenario text with prose, `www/lessons/<file>.resync`, which the page fetches when somebody
//! opens it. This table is what a list of lessons needs.

use super::Template;

/// One lesson.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Lesson {
    /// The name of its file under `www/lessons/`, without the ending.
    pub file: &'static str,
    pub title: Template,
    /// One line for a list.
    pub about: Template,
}

macro_rules! lessons {
    ($($file:literal: $en:literal, $zh:literal, $about_en:literal, $about_zh:literal;)*) => {
        /// All lessons, in their order.
        pub const LESSONS: &[Lesson] = &[$(Lesson {
            file: $file,
            title: Template::new($en, $zh),
            about: Template::new($about_en, $about_zh),
        },)*];
    };
}

lessons! {
    "01-replica": "Becoming a replica", "成为从服务器",
        "`SLAVEOF` and the option of the same name", "`SLAVEOF` 命令和同名配置项";
    "02-sync": "The old way: SYNC", "旧的同步方式：SYNC",
        "Snapshot, buffer, transfer, replay", "快照、缓冲、传输、重放";
    "03-propagation": "Command propagation", "命令传播",
        "How every later write reaches every replica", "之后的每个写命令怎样到达每个从服务器";
    "04-flaw": "The flaw of the old way", "旧方式的缺陷",
        "What one missed command costs", "错过一条命令的代价";
    "05-psync": "PSYNC: full and partial resynchronisation", "PSYNC：完整重同步与部分重同步",
        "Both ways side by side", "新旧两种方式并排比较";
    "06-offset": "The replication offset", "复制偏移量",
        "Counting bytes, and what equal numbers mean", "数字节，以及数字相等意味着什么";
    "07-backlog": "The replication backlog", "复制积压缓冲区",
        "A queue of bytes that forgets the oldest", "会忘记最旧内容的字节队列";
    "08-run-id": "The run ID", "服务器运行 ID",
        "Whose bytes have been counted", "数的是谁的字节";
    "09-answers": "Two questions, three answers", "两种请求，三种回复",
        "The dialogue of `PSYNC`, complete", "完整的 `PSYNC` 对话";
    "10-limits": "What replication solves, and what not", "复制解决了什么，没解决什么",
        "Copies, stale reads, large data, a dead master", "备份、旧值、大数据、主服务器宕机";
}
