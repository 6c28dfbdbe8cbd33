//! Days of the calendar, in UTC.

const DAY_MS: u64 = 24 * 60 * 60 * 1000;

/// The day of a time (milliseconds since 1970) in UTC: `2026-11-25`.
pub fn day_of(at: u64) -> String {
    // Years begin in March here, so that the odd day of leap years is the last one.
    let days = at / DAY_MS + 719_468;
    let era = days / 146_097;
    let day_of_era = days % 146_097;
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 {
        month_from_march + 3
    } else {
        month_from_march - 9
    };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_those_of_the_calendar() {
        for (at, day) in [
            (0, "1970-01-01"),
            (DAY_MS - 1, "1970-01-01"),
            (951_782_400_000, "2000-02-29"),
            (951_868_800_000, "2000-03-01"),
            (1_735_689_599_999, "2024-12-31"),
            (1_735_689_600_000, "2025-01-01"),
            (1_795_597_200_000, "2026-11-25"),
            (4_107_542_400_000, "2100-03-01"),
        ] {
            assert_eq!(day_of(at), day, "{at}");
        }
        // Whatever a damaged row says.
        assert!(day_of(u64::MAX).ends_with(char::is_numeric));
    }

    #[test]
    fn every_day_follows_the_one_before() {
        let mut last = day_of(0);
        for day in 1..80_000 {
            let next = day_of(day * DAY_MS);
            assert!(next > last, "{last} {next}");
            last = next;
        }
    }
}
