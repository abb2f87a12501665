//! What the pages of refusal say, in both languages.

use chrono::Duration;

use super::PageError;
use crate::desk::Lang;
use crate::platform::text;
use crate::web::when;

/// From here on the wait is that of an address that has sent as many as it may in a day.
const A_DAY: Duration = Duration::hours(24);

impl PageError {
    /// What happened and what to do: heading, explanation, advice.
    pub(super) fn words(&self, lang: Lang) -> [String; 3] {
        let say = |ja: [&str; 3], en: [&str; 3]| if lang.is_ja() { ja } else { en }.map(str::to_owned);
        match self {
            Self::NotFound => say(
                [
                    "ページが見つかりません",
                    "お探しのページは、移動したか、なくなった可能性があります。",
                    "下のリンクから、もう一度お探しください。",
                ],
                [
                    "Page not found",
                    "The page may have moved or no longer exists.",
                    "Please look for it again from the links below.",
                ],
            ),
            Self::MethodNotAllowed => say(
                [
                    "この操作はできません",
                    "このページは、その方法では開けません。",
                    "下のリンクから、もう一度お試しください。",
                ],
                [
                    "This cannot be done here",
                    "The page cannot be opened in this way.",
                    "Please try again from the links below.",
                ],
            ),
            Self::Forbidden => say(
                [
                    "この操作の権限がありません",
                    "あなたの役割では、この操作はできません。",
                    "必要なときは、管理者にご相談ください。",
                ],
                [
                    "You may not do this",
                    "Your role does not allow this.",
                    "If you need it, please ask an administrator.",
                ],
            ),
            Self::Foreign => say(
                [
                    "受け付けられませんでした",
                    "ほかのサイトから送られた内容のため、受け付けていません。",
                    "この窓口のページを開いて、もう一度入力してください。",
                ],
                [
                    "This was not accepted",
                    "It was sent from another site.",
                    "Please open a page of this desk and enter it again.",
                ],
            ),
            Self::Expired(_) => say(
                [
                    "もう一度送ってください",
                    "ページを開いてから時間がたったか、別の画面から送られたため、まだ受け付けていません。入力した内容は下に残っています。",
                    "内容を確かめて、「もう一度送る」を押してください。",
                ],
                [
                    "Please send it again",
                    "It has not been received: the page was open for too long, or was sent from another window. What you entered is kept below.",
                    "Check it and press “Send again”.",
                ],
            ),
            Self::NoCookie(_) => say(
                [
                    "まだ受け付けていません",
                    "ブラウザーから、この窓口のCookie（クッキー）が届きませんでした。入力した内容は下に残っています。",
                    "「もう一度送る」を押してください。同じ画面がまた出るときは、ブラウザーの設定でCookieを許可するか、下のアドレスにメールでお知らせください。",
                ],
                [
                    "This has not been received yet",
                    "Your browser did not send the cookie of this desk. What you entered is kept below.",
                    "Press “Send again”. If this page comes back, allow cookies in the settings of your browser, or write to the address below.",
                ],
            ),
            Self::NoForm => say(
                [
                    "送られたものを読み取れませんでした",
                    "フォームの形式ではないため、何も受け付けていません。",
                    "この窓口のフォームから送ってください。",
                ],
                [
                    "What was sent could not be read",
                    "It is not in the format of a form, so nothing has been received.",
                    "Please send it from the form of this desk.",
                ],
            ),
            Self::HeadTooLarge => say(
                [
                    "要求が大きすぎます",
                    "ブラウザーが送った見出し（ヘッダー）が多すぎるか、長すぎます。",
                    "この窓口のCookieを消すか、別のブラウザーで開き直してください。",
                ],
                [
                    "The request is too large",
                    "Your browser sent too many headers, or too long ones.",
                    "Please clear the cookies of this desk, or open the page in another browser.",
                ],
            ),
            Self::CutOff => say(
                [
                    "途中までしか届きませんでした",
                    "送られた内容が途中で切れているため、何も受け付けていません。",
                    "通信の状態を確かめて、前の画面からもう一度送ってください。",
                ],
                [
                    "Only part of it arrived",
                    "What was sent is cut off, so nothing has been received.",
                    "Please check your connection and send it again from the previous page.",
                ],
            ),
            Self::NotUtf8 => say(
                [
                    "文字を読み取れませんでした",
                    "文字の符号化がUTF-8ではないため、何も受け付けていません。",
                    "この窓口のフォームから、もう一度送ってください。",
                ],
                [
                    "The text could not be read",
                    "It is not encoded in UTF-8, so nothing has been received.",
                    "Please send it again from the form of this desk.",
                ],
            ),
            Self::TooManyFields => say(
                [
                    "項目が多すぎます",
                    "このフォームにない項目が含まれているため、何も受け付けていません。",
                    "この窓口のフォームから、もう一度送ってください。",
                ],
                [
                    "Too many fields",
                    "There are fields that this form does not have, so nothing has been received.",
                    "Please send it again from the form of this desk.",
                ],
            ),
            Self::SlowBody => say(
                [
                    "時間内に届きませんでした",
                    "送信に時間がかかりすぎたため、何も受け付けていません。",
                    "通信の状態を確かめて、前の画面からもう一度送ってください。",
                ],
                [
                    "It took too long to arrive",
                    "Sending took too long, so nothing has been received.",
                    "Please check your connection and send it again from the previous page.",
                ],
            ),
            Self::TooLarge { limit } => {
                let size = text::size::limit(*limit as u64);
                say(
                    [
                        "内容が大きすぎます",
                        &format!("一度に送れるのは {size} までです。何も受け付けていません。"),
                        "前の画面に戻り、文章を短くするか、ファイルを小さくして、もう一度送ってください。",
                    ],
                    [
                        "This is too large",
                        &format!("At most {size} can be sent at a time. Nothing has been received."),
                        "Please go back, shorten the text or reduce the file, and send it again.",
                    ],
                )
            }
            Self::WrongHost => say(
                [
                    "この名前では開けません",
                    "この窓口は、別のアドレスで公開されています。",
                    "正しいアドレスで開いてください。管理者の方は、設定の server.base_url をご確認ください。",
                ],
                [
                    "Not under this name",
                    "This desk is published under another address.",
                    "Please open the right address. Administrators: see the setting server.base_url.",
                ],
            ),
            Self::NoHost => say(
                [
                    "要求を読み取れませんでした",
                    "宛先のホスト名がないか、二つあります。",
                    "ブラウザーで開き直してください。",
                ],
                [
                    "The request could not be read",
                    "It names no host, or two.",
                    "Please open the page again in a browser.",
                ],
            ),
            Self::UnknownField(name) => say(
                [
                    "受け付けられませんでした",
                    &format!("このフォームにない項目「{name}」が含まれているか、同じ項目が2つあります。"),
                    "この窓口のフォームから、もう一度送ってください。",
                ],
                [
                    "This was not accepted",
                    &format!("The form has no field “{name}”, or it was sent twice."),
                    "Please send it again from the form of this desk.",
                ],
            ),
            Self::TooMany { wait, .. } if *wait >= A_DAY => say(
                [
                    "このアドレスからは、今日はこれ以上受け付けられません",
                    "同じメールアドレスからの受付は、24時間で決まった件数までです。まだ受け付けていません。入力した内容は残っています。",
                    "すでにお送りいただいた問い合わせには、受付番号のページから続きを書けます。お急ぎのときは、下のアドレスにメールでお知らせください。",
                ],
                [
                    "No more from this address today",
                    "Only so many inquiries are taken from one mail address in 24 hours, so this one has not been received. What you entered is kept.",
                    "You can add to an inquiry you have already sent on its page. If it is urgent, write to the address below.",
                ],
            ),
            Self::TooMany { wait, .. } => {
                let wait = when::span(lang, *wait);
                say(
                    [
                        "しばらく待ってから、もう一度送ってください",
                        "短い時間に多くの送信があったため、まだ受け付けていません。入力した内容は残っています。",
                        &format!("{wait}ほど待ってから、もう一度送ってください。"),
                    ],
                    [
                        "Please wait a little and send it again",
                        "There were many requests in a short time, so this one has not been received. What you entered is kept.",
                        &format!("Please wait about {wait} and send it again."),
                    ],
                )
            }
            Self::Unavailable(None) => say(
                [
                    "いまページを表示できません",
                    "窓口の機械に一時的な不具合があります。",
                    "1分ほど待ってから、もう一度開いてください。",
                ],
                [
                    "This page cannot be shown just now",
                    "The desk has a temporary fault.",
                    "Please wait about a minute and open it again.",
                ],
            ),
            Self::Unavailable(Some(_)) => say(
                [
                    "いま受け付けられませんでした",
                    "窓口の機械に一時的な不具合があり、まだ受け付けていません。入力の誤りではありません。",
                    "1分ほど待ってから、もう一度お試しください。何度送っても、二重に受け付けられることはありません。",
                ],
                [
                    "This could not be received just now",
                    "The desk has a temporary fault, so it has not been received. Nothing is wrong with what you entered.",
                    "Please wait about a minute and try again. Sending it again never makes a second inquiry.",
                ],
            ),
            Self::Internal => say(
                [
                    "うまく処理できませんでした",
                    "窓口の側で問題が起きました。原因は記録されています。",
                    "少し待ってから、もう一度お試しください。続くときは、下のアドレスにお知らせください。",
                ],
                [
                    "Something went wrong",
                    "The fault is on our side and has been recorded.",
                    "Please try again in a little while. If it goes on, please write to the address below.",
                ],
            ),
        }
    }
}
