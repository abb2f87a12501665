//! Sizes of files as people read them: the megabyte of 1,000,000 bytes that file managers and telephones show.

/// A size, rounded: 「14.2 MB」, below a tenth of a megabyte in kB.
pub fn size(bytes: u64) -> String {
    match bytes {
        ..1_000 => format!("{bytes} B"),
        1_000..99_500 => format!("{} kB", (bytes + 500) / 1_000),
        _ => {
            let tenths = bytes / 100_000 + u64::from(bytes % 100_000 >= 50_000);
            format!("{}.{} MB", tenths / 10, tenths % 10)
        }
    }
}

/// A limit, in the words people know it by: 10 MiB is 「10 MB」. Never more than the limit itself, so that whoever keeps to
/// the word keeps to the limit.
pub fn limit(bytes: u64) -> String {
    const MIB: u64 = 1 << 20;
    match bytes {
        ..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{} kB", bytes / 1_000),
        _ if bytes.is_multiple_of(MIB) => format!("{} MB", bytes / MIB),
        _ if bytes % 1_000_000 < 100_000 => format!("{} MB", bytes / 1_000_000),
        _ => format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_rounded_in_the_unit_people_know() {
        for (bytes, told) in [
            (0, "0 B"),
            (999, "999 B"),
            (1_499, "1 kB"),
            (45_678, "46 kB"),
            (99_499, "99 kB"),
            (99_500, "0.1 MB"),
            (312_000, "0.3 MB"),
            (949_999, "0.9 MB"),
            (950_000, "1.0 MB"),
            (10_000_000, "10.0 MB"),
            (10_485_759, "10.5 MB"),
            (14_239_000, "14.2 MB"),
            (14_250_000, "14.3 MB"),
            (u64::MAX, "18446744073709.6 MB"),
        ] {
            assert_eq!(size(bytes), told);
        }
    }

    #[test]
    fn whoever_keeps_to_the_word_for_a_limit_keeps_to_the_limit() {
        let told = [10 << 20, 1 << 20, 5_000_000, 1_500_000, 500_000, 900].map(limit);
        assert_eq!(told, ["10 MB", "1 MB", "5 MB", "1.5 MB", "500 kB", "900 B"]);
    }
}
