//! What a kind's file says about a ticket when it comes in: whether it is for a small circle, and with which version of the
//! form it was written. Until when an answer is promised is told by `desk::ticket::due`.

use std::collections::BTreeMap;

use super::{Catalogue, InquiryKind, Spec};

/// See the module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// The version of the form it was written with; `None` when it came without a form (mail, phone, a program).
    pub form_version: Option<i64>,
    /// Whether only a small circle may read it (F64).
    pub is_confidential: bool,
}

impl Terms {
    /// The terms of a ticket of a kind with these answers. The kind is the ticket's: that may be another than the form's
    /// (the form `other` takes inquiries of every kind).
    pub fn of(kinds: &Catalogue, kind: InquiryKind, fields: &BTreeMap<String, String>) -> Self {
        let is_confidential = kinds.get(kind).is_some_and(|spec| spec.is_confidential(fields));
        Self { form_version: None, is_confidential }
    }

    /// The same, written with the form of this kind as it stood on the page.
    #[must_use]
    pub fn sent_with(self, form: &Spec) -> Self {
        Self { form_version: Some(form.version).filter(|version| *version > 0), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_terms_are_those_of_the_tickets_kind_whatever_form_it_came_by() {
        let kinds = Catalogue::embedded().unwrap();
        let fields = BTreeMap::new();
        let transfer = Terms::of(&kinds, InquiryKind::Transfer, &fields);
        assert_eq!(transfer, Terms { form_version: None, is_confidential: true });
        let mut other = kinds.get(InquiryKind::Other).unwrap().clone();
        assert_eq!(transfer.sent_with(&other), transfer, "a form that was never registered has no version");
        other.version = 7;
        assert_eq!(transfer.sent_with(&other), Terms { form_version: Some(7), is_confidential: true });
        let harassed = BTreeMap::from([("harassment".to_owned(), "yes".to_owned())]);
        assert!(Terms::of(&kinds, InquiryKind::Curriculum, &harassed).is_confidential);
        assert!(!Terms::of(&kinds, InquiryKind::Curriculum, &fields).is_confidential);
    }
}
