//! What was read from an image beside what is on file.

use chrono::NaiveDate;

use crate::desk::account::store::Account;
use crate::desk::account::{RegistrationNumber, name_key};
use crate::desk::licence::Readings;
use crate::platform::text::fold;

/// One item: ＝, ≠, or not read yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compared {
    /// Nothing was read.
    Unread,
    /// The same.
    Same,
    /// Not the same.
    Differs,
    /// There is nothing on file to compare with.
    NotOnFile,
}

/// Name, registration number, birthdate, in this order.
pub fn compare(readings: &Readings, account: &Account) -> [Compared; 3] {
    let record = &account.record;
    let judge = |read: &str, is_same: bool| match (read.trim().is_empty(), is_same) {
        (true, _) => Compared::Unread,
        (_, true) => Compared::Same,
        (_, false) => Compared::Differs,
    };
    let number = RegistrationNumber::parse(&readings.registration_number).ok();
    [
        judge(&readings.name, name_key(&readings.name) == name_key(&record.full_name())),
        judge(&readings.registration_number, number.is_some_and(|entered| entered.value == record.registration_number)),
        judge(&readings.birthdate, day(&readings.birthdate) == Some(record.birthdate.date())),
    ]
}

/// A day as it is typed from a licence: 1996-04-21, 1996/4/21, 1996年4月21日, 平成8年4月21日, 8.4.21 of an era.
pub(super) fn day(text: &str) -> Option<NaiveDate> {
    let text = fold(text).to_lowercase();
    let eras = [("令和", 2018), ("平成", 1988), ("昭和", 1925), ("r", 2018), ("h", 1988), ("s", 1925)];
    let text = text.trim().replace("元年", "1年");
    let (add, rest) = eras.iter().find_map(|(era, add)| Some((*add, text.strip_prefix(era)?))).unwrap_or((0, &text));
    let numbers: Vec<i32> = rest
        .split(|c: char| !c.is_ascii_digit())
        .filter(|part| !part.is_empty())
        .filter_map(|n| n.parse().ok())
        .collect();
    let [year, month, day] = numbers[..] else { return None };
    NaiveDate::from_ymd_opt(year + add, u32::try_from(month).ok()?, u32::try_from(day).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_read_as_it_stands_on_the_paper() {
        let day_of = NaiveDate::from_ymd_opt(1996, 4, 21);
        for text in ["1996-04-21", "1996/4/21", "1996年4月21日", "平成8年4月21日", "平成８年４月２１日", "H8.4.21"]
        {
            assert_eq!(day(text), day_of, "{text}");
        }
        assert_eq!(day("平成元年5月1日"), NaiveDate::from_ymd_opt(1989, 5, 1));
        assert_eq!(day("4月21日"), None);
        assert_eq!(day(""), None);
    }
}
