//! Every form in Chromium: axe without a finding, no sideways scroll, at 1280 and 375 px, in both languages.

use madoguchi::desk::inquiry::InquiryKind;

use crate::support::browser::Browser;
use crate::support::desk::Desk;

#[tokio::test(flavor = "multi_thread")]
async fn every_form_passes_axe_empty_and_with_errors_in_both_languages_and_needs_no_script() {
    let Some(mut browser) = Browser::start().await else { return };
    let mut desk = Desk::new(None);
    desk.start();
    for lang in ["", "/en"] {
        for kind in InquiryKind::ALL {
            let path = format!("{lang}/inquiries/{kind}");
            browser.open(&format!("http://{}{path}", desk.address)).await;
            let source = browser.client.source().await.unwrap();
            // The image form shows a preview where there is JavaScript; it works without.
            let may_help = kind.to_string() == "image";
            assert!(may_help || !source.contains("<script"), "{path} carries a script");
            browser.examine(&path).await;
            browser.press("main form .actions button").await;
            assert!(!browser.text(".error-summary").await.is_empty());
            browser.examine(&format!("{path} with errors")).await;
        }
    }
    let findings = browser.close().await;
    assert!(findings.is_empty(), "{} findings:\n{}", findings.len(), findings.join("\n"));
    desk.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_workflow_of_a_ticket_the_grid_and_the_memo_of_a_call_pass_axe_and_work_by_pressing() {
    let Some(mut browser) = Browser::start().await else { return };
    let mut desk = Desk::new(None);
    desk.start();
    let base = format!("http://{}", desk.address);
    browser.open(&format!("{base}/inquiries/withdraw")).await;
    for (name, text) in [
        ("registration_number", "654321"),
        ("birth_year", "1996"),
        ("birth_month", "4"),
        ("birth_day", "21"),
        ("family_name", "山田"),
        ("given_name", "花子"),
        ("family_kana", "ヤマダ"),
        ("given_kana", "ハナコ"),
        ("program", "青葉病院 内科プログラム"),
        ("email", "hanako@requester.example"),
    ] {
        browser.fill(name, text).await;
    }
    for choice in ["#result", "#director_told", "#step-2"] {
        browser.press(choice).await;
    }
    browser.press("main form .actions button").await;
    assert!(browser.text("main").await.contains("辞退を申請し、承認を待っている"));
    browser.examine("confirmation of a withdrawal").await;
    browser.press("#send .actions button").await;
    let number = browser.text(".stub .no").await;

    browser.sign_in_first(desk.link.as_deref().unwrap()).await;
    browser.open(&format!("{base}/staff/tickets/{number}")).await;
    let page = browser.text("main").await;
    assert!(page.contains("2 承認待ち") && page.contains("採用されたプログラム"), "{page}");
    browser.examine("ticket with its workflow").await;
    browser.press("button[name=act][value=deny]").await;
    assert!(browser.text("#case-why").await.contains("理由や根拠"));
    browser.examine("ticket whose case was not moved").await;
    browser.press("button[name=act][value=approve]").await;
    assert!(browser.text("main").await.contains("3 承認済み・メール待ち"));
    for page in ["linkage", "phone"] {
        browser.open(&format!("{base}/staff/{page}")).await;
        browser.examine(page).await;
    }
    let findings = browser.close().await;
    assert!(findings.is_empty(), "{} findings:\n{}", findings.len(), findings.join("\n"));
    desk.stop();
}
