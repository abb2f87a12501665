//! Replies of Japanese and foreign clients: what the person wrote now, and what only looks like a quotation.

use serde_json::json;

use super::{Case, case, mail};

const OWN: &str = "ありがとうございます。\nもう一点、質問があります。";

fn plain_mail(text: &str) -> Vec<u8> {
    mail(&format!(
        "From: taro@x.example\nTo: desk@desk.example.jp\nSubject: Re: 回答\nContent-Type: text/plain; charset=utf-8\n\n{text}\n"
    ))
}

/// Own words above what a client appends.
fn above(what: &'static str, appended: &str) -> Case {
    case(what, plain_mail(&format!("{OWN}\n\n{appended}")), json!({ "reply_text": OWN }))
}

/// A text of which nothing is a quotation.
fn kept(what: &'static str, text: &str) -> Case {
    case(what, plain_mail(text), json!({ "reply_text": text, "text": text }))
}

fn replied(what: &'static str, text: &str, wanted: &str) -> Case {
    case(what, plain_mail(text), json!({ "reply_text": wanted }))
}

pub(super) fn plain() -> Vec<Case> {
    let mut cases = japanese();
    cases.extend(foreign());
    cases.extend(by_hand());
    cases.extend(false_quotations());
    cases
}

fn japanese() -> Vec<Case> {
    vec![
        above(
            "Gmail",
            "2026年11月25日(水) 13:28 事務局 <desk@desk.example.jp>:\n\n> ご回答します。\n> 手順は次のとおりです。",
        ),
        above(
            "Gmail, the address on a line of its own",
            "2026年11月25日(水) 13:28 日本専門医機構 ヘルプデスク\n<desk+abcdefghijklmnopqrstuvwxyz@desk.example.jp>:\n\n> ご回答します。",
        ),
        above(
            "iPhone",
            "iPhoneから送信\n\n2026/11/25 13:28、事務局 <desk@desk.example.jp>のメール:\n\n> ご回答します。",
        )
        .with_reply(&format!("{OWN}\n\niPhoneから送信")),
        above("Apple Mail", "> 2026/11/25 13:28、事務局 <desk@desk.example.jp>のメール:\n> \n> ご回答します。"),
        above("Thunderbird", "On 2026/11/25 13:28, 事務局 wrote:\n> ご回答します。\n> 手順は次のとおりです。"),
        above("Thunderbird in Japanese", "2026/11/25 13:28 に 事務局 さんは書きました:\n> ご回答します。"),
        above(
            "Outlook",
            "-----Original Message-----\nFrom: 事務局 <desk@desk.example.jp>\nSent: Wednesday, November 25, 2026 1:28 PM\nTo: taro@x.example\nSubject: 回答\n\nご回答します。",
        ),
        above(
            "Outlook in Japanese",
            "________________________________\n差出人: 事務局 <desk@desk.example.jp>\n送信日時: 2026年11月25日 13:28\n宛先: taro@x.example\n件名: 回答\n\nご回答します。",
        ),
        above(
            "Outlook without a rule",
            "From: 事務局 <desk@desk.example.jp>\nSent: Wednesday, November 25, 2026 1:28 PM\nTo: taro@x.example\nSubject: 回答\n\nご回答します。",
        ),
        above(
            "Outlook, full-width colons",
            "差出人：事務局\n送信日時：2026年11月25日 13:28\n宛先：taro@x.example\n件名：回答\n\nご回答します。",
        ),
        above(
            "Yahoo! Mail",
            "----- Original Message -----\nFrom: desk@desk.example.jp\nTo: taro@x.example\nDate: 2026/11/25 水 13:28\nSubject: 回答\n\nご回答します。",
        ),
        above(
            "Yahoo! Mail of the web",
            "--- 元のメッセージ ---\n差出人: desk@desk.example.jp\n日時: 2026/11/25 13:28\nご回答します。",
        ),
        above(
            "docomo",
            "-----Original Message-----\nFrom:desk@desk.example.jp\nDate:2026/11/25 13:28\nTo:taro@docomo.ne.jp\nSubject:回答\n\nご回答します。",
        ),
        above("a carrier's phone", ">ご回答します。\n>手順は次のとおりです。"),
        above("Becky!", "On Wed, 25 Nov 2026 13:28:19 +0900\n事務局 <desk@desk.example.jp> wrote:\n\n> ご回答します。"),
        above("Shuriken", "事務局 さんは書きました:\n>ご回答します。\n>手順は次のとおりです。"),
        above(
            "Mew: the name before the mark",
            "事務局さんが書きました:\ndesk> ご回答します。\ndesk> 手順は次のとおりです。",
        ),
        above("full-width marks", "事務局さんが書きました：\n＞ご回答します。\n＞手順は次のとおりです。"),
    ]
}

fn foreign() -> Vec<Case> {
    vec![
        above(
            "Gmail in English",
            "On Wed, Nov 25, 2026 at 1:28 PM Desk <desk@desk.example.jp> wrote:\n\n> Here is the answer.",
        ),
        above(
            "Gmail in English, over two lines",
            "On Wed, Nov 25, 2026 at 1:28 PM A Desk With A Rather Long Name <\ndesk@desk.example.jp> wrote:\n\n> Here is the answer.",
        ),
        above(
            "a quotation without marks",
            "On Wed, Nov 25, 2026 at 1:28 PM Desk <desk@desk.example.jp> wrote:\n\nHere is the answer.",
        ),
        above("German", "Am 25.11.2026 um 13:28 schrieb Desk <desk@desk.example.jp>:\n> Hier ist die Antwort."),
        above(
            "German, the other way round",
            "Desk <desk@desk.example.jp> schrieb am Mi., 25. Nov. 2026, 13:28:\n\n> Hier ist die Antwort.",
        ),
        above("French", "Le mer. 25 nov. 2026 à 13:28, Desk <desk@desk.example.jp> a écrit :\n\n> Voici la réponse."),
        above(
            "Spanish",
            "El mié, 25 nov 2026 a las 13:28, Desk (<desk@desk.example.jp>) escribió:\n\n> Aquí está la respuesta.",
        ),
        above("Chinese", "Desk <desk@desk.example.jp> 于2026年11月25日周三 13:28写道：\n\n> 答复如下。"),
        above("Korean", "2026년 11월 25일 (수) 오후 1:28, Desk <desk@desk.example.jp>님이 작성:\n\n> 답변입니다."),
        above(
            "bold header lines of Outlook for Mac",
            "*From: *Desk <desk@desk.example.jp>\n*Date: *Wednesday, November 25, 2026 at 13:28\n*To: *taro@x.example\n*Subject: *Answer\n\nHere is the answer.",
        ),
        above(
            "German Outlook",
            "-----Ursprüngliche Nachricht-----\nVon: Desk <desk@desk.example.jp>\nGesendet: Mittwoch, 25. November 2026 13:28\nAn: taro@x.example\nBetreff: Antwort\n\nHier ist die Antwort.",
        ),
        above(
            "Lotus Notes",
            "-----desk@desk.example.jp wrote: -----\nTo: taro@x.example\nFrom: desk@desk.example.jp\nDate: 2026/11/25 13:28\nSubject: Answer\n\nHere is the answer.",
        ),
    ]
}

fn by_hand() -> Vec<Case> {
    vec![
        replied("below the quotation", "> ご回答します。\n\nわかりました。", "わかりました。"),
        replied("between quotations", "> 一つめ\nはい。\n\n> 二つめ\nいいえ。", "はい。\n\nいいえ。"),
        replied("the attribution goes with its quotation", "事務局 さん wrote:\n> 一つめ\nはい。", "はい。"),
        replied("a signature below two dashes", "はい。\n\n-- \n山田 太郎\n090-0000-0000", "はい。"),
        replied("two dashes without the blank", "はい。\n\n--\n山田 太郎", "はい。"),
        replied("a signature above the quotation", "はい。\n-- \n山田\n\n> ご回答します。", "はい。"),
        case(
            "nothing but a quotation",
            plain_mail("> ご回答します。"),
            json!({ "reply_text": "", "text": "> ご回答します。" }),
        ),
        replied(
            "a forward alone is the message",
            "---------- Forwarded message ---------\nFrom: 事務局 <desk@desk.example.jp>\nDate: 2026年11月25日(水) 13:28\nSubject: 回答\nTo: <taro@x.example>\n\nご回答します。",
            "---------- Forwarded message ---------\nFrom: 事務局 <desk@desk.example.jp>\nDate: 2026年11月25日(水) 13:28\nSubject: 回答\nTo: <taro@x.example>\n\nご回答します。",
        ),
        replied(
            "words above a forward",
            "ご確認ください。\n\n---------- Forwarded message ---------\nFrom: 事務局 <desk@desk.example.jp>\nDate: 2026年11月25日(水) 13:28\nSubject: 回答\nTo: <taro@x.example>\n\nご回答します。",
            "ご確認ください。",
        ),
    ]
}

fn false_quotations() -> Vec<Case> {
    vec![
        kept("a dated line that ends in a colon", "2026年11月25日に行ったこと：\n1. ログイン\n2. 応募"),
        kept("dates and times of a report", "11月25日 10:00 にログインしました:\nそのあと画面が白くなりました。"),
        kept("a way through menus", "次の画面です。\n> 基本情報 > 編集\nここで止まります。"),
        kept("a way through menus in full-width marks", "次の画面です。\nトップ＞基本情報＞編集\nここで止まります。"),
        kept(
            "a ruled box",
            "お世話になります。\n--------------------\n医籍登録番号：512345\n生年月日：1996年4月9日\n--------------------\nよろしくお願いします。",
        ),
        kept("a box of equals signs", "====================\n【質問】\n====================\nログインできません。"),
        kept(
            "a sentence that begins with On",
            "On Monday 25 November 2026 I wrote to the society and got no answer.\nWhat should I do?",
        ),
        kept("what I wrote, with a colon", "Yesterday I wrote:\nplease help me."),
        kept("labels of a form", "氏名: 山田太郎\n件名: ログインについて\n内容: できません"),
        kept("an error message with an arrow", "エラーが出ます\n→ ページが見つかりません"),
        kept("a less-than and a greater-than amid the line", "点数は 60 > 50 です。"),
        kept("a table of dashes", "項目 | 値\n--- | ---\n番号 | 512345"),
    ]
}

pub(super) fn html() -> Vec<Case> {
    let with = |html: &str| {
        mail(&format!("From: taro@x.example\nSubject: Re: x\nContent-Type: text/html; charset=utf-8\n\n{html}\n"))
    };
    let reply = |what, html: &str, wanted: &str| case(what, with(html), json!({ "reply_text": wanted }));
    vec![
        reply(
            "Gmail",
            "<div dir=\"ltr\">はい。</div><br><div class=\"gmail_quote\"><div dir=\"ltr\" class=\"gmail_attr\">2026年11月25日(水) 13:28 事務局 &lt;<a href=\"mailto:desk@desk.example.jp\">desk@desk.example.jp</a>&gt;:<br></div><blockquote class=\"gmail_quote\" style=\"margin:0 0 0 .8ex;border-left:1px #ccc solid\"><div>ご回答します。</div></blockquote></div>",
            "はい。",
        ),
        reply(
            "Apple Mail",
            "<html><body>はい。<br><div><br><blockquote type=\"cite\"><div>2026/11/25 13:28、事務局 &lt;desk@desk.example.jp&gt;のメール:</div><br><div>ご回答します。</div></blockquote></div></body></html>",
            "はい。",
        ),
        reply(
            "iPhone",
            "<html><body dir=\"auto\">はい。<br><br><div dir=\"ltr\">iPhoneから送信</div><div dir=\"ltr\"><br><blockquote type=\"cite\">2026/11/25 13:28、事務局 &lt;desk@desk.example.jp&gt;のメール:<br><br></blockquote></div><blockquote type=\"cite\"><div dir=\"ltr\">ご回答します。</div></blockquote></body></html>",
            "はい。\n\niPhoneから送信",
        ),
        reply(
            "Outlook of the desktop",
            "<div class=\"WordSection1\"><p class=\"MsoNormal\">はい。</p><div style=\"border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0mm 0mm 0mm\"><p class=\"MsoNormal\"><b>From:</b> 事務局<br><b>Sent:</b> Wednesday, November 25, 2026 1:28 PM<br><b>To:</b> taro@x.example<br><b>Subject:</b> 回答</p></div><p class=\"MsoNormal\">ご回答します。</p></div>",
            "はい。",
        ),
        reply(
            "Outlook of the web",
            "<div>はい。</div><div id=\"appendonsend\"></div><hr style=\"display:inline-block;width:98%\"><div id=\"divRplyFwdMsg\"><b>差出人:</b> 事務局<br><b>送信日時:</b> 2026年11月25日 13:28<br><b>宛先:</b> taro<br><b>件名:</b> 回答</div><div>ご回答します。</div>",
            "はい。",
        ),
        reply(
            "Yahoo! Mail",
            "<div>はい。</div><div id=\"yahoo_quoted_123\" class=\"yahoo_quoted\"><div>----- Original Message -----</div><div>ご回答します。</div></div>",
            "はい。",
        ),
        reply(
            "Thunderbird",
            "<p>はい。</p><div class=\"moz-cite-prefix\">On 2026/11/25 13:28, 事務局 wrote:<br></div><blockquote type=\"cite\" cite=\"mid:1@x\"><p>ご回答します。</p></blockquote>",
            "はい。",
        ),
        reply(
            "ProtonMail",
            "<div>はい。</div><div class=\"protonmail_quote\">On Wednesday, desk wrote:<blockquote class=\"protonmail_quote\" type=\"cite\">ご回答します。</blockquote></div>",
            "はい。",
        ),
        reply(
            "answers between quotations",
            "<blockquote type=\"cite\">一つめ</blockquote><div>はい。</div><blockquote type=\"cite\">二つめ</blockquote><div>いいえ。</div>",
            "はい。\n\nいいえ。",
        ),
        reply(
            "a bare blockquote below an attribution",
            "<p>はい。</p><p>On Wed, Nov 25, 2026 at 1:28 PM Desk &lt;desk@desk.example.jp&gt; wrote:</p><blockquote>Here is the answer.</blockquote>",
            "はい。",
        ),
        reply(
            "an indented paragraph is no quotation",
            "<p>次のとおりです。</p><blockquote>一つめの点</blockquote><p>以上です。</p>",
            "次のとおりです。\n\n一つめの点\n\n以上です。",
        ),
        reply(
            "nested blockquotes",
            "<div>はい。</div><blockquote type=\"cite\">二<blockquote type=\"cite\">一</blockquote></blockquote>",
            "はい。",
        ),
    ]
}

impl Case {
    /// The same with another reply.
    fn with_reply(mut self, wanted: &str) -> Self {
        self.expect = json!({ "reply_text": wanted });
        self
    }
}
