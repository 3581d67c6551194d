//! What the page says, in English and in Chinese.

use axum::http::HeaderValue;

use crate::report::CodeKind;

/// A language of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    English,
    Chinese,
}

/// Everything the page says in one language.
pub(super) struct Words {
    pub(super) no_apps: &'static str,
    pub(super) all_ready: &'static str,
    pub(super) some_missing: &'static str,
    pub(super) ready: &'static str,
    pub(super) not_ready: &'static str,
    pub(super) server_token: &'static str,
    pub(super) js_ticket: &'static str,
    pub(super) none_held: &'static str,
    pub(super) left: &'static str,
    pub(super) fingerprint: &'static str,
    pub(super) age: &'static str,
    pub(super) issued: &'static str,
    pub(super) here: &'static str,
    pub(super) elsewhere: &'static str,
    pub(super) unknown: &'static str,
    pub(super) next_look: &'static str,
    pub(super) under_way: &'static str,
    pub(super) due_now: &'static str,
    pub(super) within: &'static str,
    pub(super) last_error: &'static str,
    pub(super) ago: &'static str,
    pub(super) recovered: &'static str,
    pub(super) remedy: &'static str,
    pub(super) events: &'static str,
    pub(super) more_events: &'static str,
    pub(super) more_apps: &'static str,
    pub(super) as_of: &'static str,
    pub(super) refreshes: &'static str,
    pub(super) day: &'static str,
    pub(super) hour: &'static str,
    pub(super) minute: &'static str,
    pub(super) second: &'static str,
    /// By the names of events.
    event_names: &'static [(&'static str, &'static str)],
    /// By the names of advices; English is what the report says.
    advices: &'static [(&'static str, &'static str)],
}

static ENGLISH: Words = Words {
    no_apps: "no app is served",
    all_ready: "all apps are ready ({all})",
    some_missing: "{missing} of {all} apps are not ready",
    ready: "ready",
    not_ready: "not ready",
    server_token: "Server token",
    js_ticket: "Ticket",
    none_held: "None is held.",
    left: "Time left",
    fingerprint: "Fingerprint",
    age: "Age",
    issued: "Issued",
    here: "by this process",
    elsewhere: "by another process",
    unknown: "unknown",
    next_look: "Next renewal or look",
    under_way: "under way",
    due_now: "due now",
    within: "in {span}",
    last_error: "Last error,",
    ago: "{span} ago",
    recovered: "; over since",
    remedy: "Remedy:",
    events: "Recent events",
    more_events: "Earlier ones are in /v1/status.",
    more_apps: "{more} more apps are in /v1/status.",
    as_of: "As of",
    refreshes: "refreshes every {seconds} s",
    day: "d",
    hour: "h",
    minute: "min",
    second: "s",
    event_names: &[],
    advices: &[],
};

static CHINESE: Words = Words {
    no_apps: "没有配置任何应用",
    all_ready: "全部应用就绪（{all} 个）",
    some_missing: "{all} 个应用中有 {missing} 个未就绪",
    ready: "就绪",
    not_ready: "未就绪",
    server_token: "服务端 access_token",
    js_ticket: "js_ticket",
    none_held: "当前没有可用的凭证。",
    left: "剩余时间",
    fingerprint: "指纹",
    age: "已用时间",
    issued: "获取者",
    here: "本进程",
    elsewhere: "其他进程",
    unknown: "未知",
    next_look: "下次续期或检查",
    under_way: "正在进行",
    due_now: "马上",
    within: "{span}后",
    last_error: "最近一次错误，",
    ago: "{span}前",
    recovered: "；之后已恢复",
    remedy: "处理办法：",
    events: "最近事件",
    more_events: "更早的事件见 /v1/status。",
    more_apps: "另有 {more} 个应用，见 /v1/status。",
    as_of: "数据时间",
    refreshes: "每 {seconds} 秒自动刷新",
    day: "天",
    hour: "小时",
    minute: "分",
    second: "秒",
    event_names: &[
        ("issued", "已签发"),
        ("adopted", "已采用共享存储中的凭证"),
        ("foreign-writer", "发现其他签发者"),
        ("failed", "续期失败"),
        ("served-doubtful", "按单调时钟继续使用"),
        ("invalidated", "被平台拒绝"),
        ("late-complaint", "迟到的投诉"),
        ("perhaps-replaced", "可能已被替换"),
        ("taken-over", "续期被接手"),
        ("clock-jumped", "系统时钟跳变"),
        ("store-failed", "存储出错"),
        ("rewritten", "已重新写入存储"),
        ("anomaly", "与约定不符"),
    ],
    advices: &[
        ("never", "重复请求没有用"),
        ("later", "稍后重试，间隔逐渐加长"),
        ("new-server-token", "换一个服务端 access_token，再试一次"),
        ("new-auth-code", "让页面重新获取 code"),
        ("log-in-again", "让用户重新登录"),
        ("ask-user", "用户需要先添加应用或授权"),
        ("fix-configuration", "检查 app_id、secret、接口地址和平台的 IP 白名单"),
    ],
};

impl Language {
    pub(super) const ALL: [Self; 2] = [Self::English, Self::Chinese];

    /// By its name in the query.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|language| language.name() == name)
    }

    /// What a browser prefers of these two, and English for any other.
    pub(crate) fn preferred(accepted: Option<&HeaderValue>) -> Self {
        let accepted = accepted.and_then(|value| value.to_str().ok()).unwrap_or_default();
        // Browsers name them in the order of their weights.
        let mut tags = accepted.split(',').map(|tag| tag.trim().to_ascii_lowercase());
        tags.find_map(|tag| match tag.get(..2) {
            Some("zh") => Some(Self::Chinese),
            Some("en") => Some(Self::English),
            _ => None,
        })
        .unwrap_or(Self::English)
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Chinese => "zh",
        }
    }

    /// For the `lang` of HTML.
    pub(super) const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Chinese => "zh-CN",
        }
    }

    pub(super) const fn own_name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::Chinese => "中文",
        }
    }

    pub(super) const fn words(self) -> &'static Words {
        match self {
            Self::English => &ENGLISH,
            Self::Chinese => &CHINESE,
        }
    }
}

impl Words {
    pub(super) const fn code(&self, kind: CodeKind) -> &'static str {
        match kind {
            CodeKind::ServerToken => self.server_token,
            CodeKind::JsTicket => self.js_ticket,
        }
    }

    pub(super) fn event(&self, name: &str) -> Option<&'static str> {
        find(self.event_names, name)
    }

    pub(super) fn advice(&self, name: &str) -> Option<&'static str> {
        find(self.advices, name)
    }
}

fn find(table: &[(&str, &'static str)], name: &str) -> Option<&'static str> {
    table.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_gets_the_first_of_its_languages_that_there_is() {
        let preferred =
            |text: &'static str| Language::preferred(Some(&HeaderValue::from_static(text)));
        assert_eq!(preferred("zh-CN,zh;q=0.9,en;q=0.8"), Language::Chinese);
        assert_eq!(preferred("en-GB,zh;q=0.5"), Language::English);
        assert_eq!(preferred("fr, zh-TW"), Language::Chinese);
        assert_eq!(preferred("fr"), Language::English);
        assert_eq!(Language::preferred(None), Language::English);
    }

    #[test]
    fn chinese_has_a_word_for_each_advice() {
        use yzb::Retry;
        for retry in [
            Retry::Never,
            Retry::Later(None),
            Retry::NewServerToken,
            Retry::NewAuthCode,
            Retry::LogInAgain,
            Retry::AskUser,
            Retry::FixConfiguration,
        ] {
            assert!(CHINESE.advice(retry.name()).is_some(), "{retry:?}");
        }
    }
}
