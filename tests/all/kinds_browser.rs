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
            assert!(!source.contains("<script"), "{path} carries a script");
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
