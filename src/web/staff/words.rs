//! What stored words are called on the pages.

use crate::desk::Lang;
use crate::desk::audit::act;

/// What an audit line tells of; an unknown word as it is.
pub fn act(lang: Lang, word: &str) -> &str {
    match word {
        act::SIGNED_IN => lang.t("ログイン", "signed in"),
        act::LINK_USED => lang.t("リンクでログインし、パスワードを決めた", "signed in by link and set a password"),
        act::SIGNED_OUT => lang.t("ログアウト", "signed out"),
        act::PASSWORD_CHANGED => lang.t("パスワードを変えた", "changed the password"),
        act::STAFF_ADDED => lang.t("職員を加えた", "added a person"),
        act::ROLE_CHANGED => lang.t("役割を変えた", "changed a role"),
        act::LINK_MADE => lang.t("ログイン用リンクを作った", "made a sign-in link"),
        act::STAFF_DISABLED => lang.t("利用を止めた", "took access away"),
        act::STAFF_ENABLED => lang.t("利用を戻した", "gave access again"),
        act::PERSONAL_DATA_OPENED => lang.t("個人情報を開いた", "opened personal data"),
        act::FILE_DOWNLOADED => lang.t("ファイルを取り出した", "downloaded a file"),
        act::REFUSED => lang.t("権限のない操作を試みた", "was refused"),
        other => other,
    }
}
