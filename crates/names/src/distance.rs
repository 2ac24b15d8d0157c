//! How far two names are apart, and which slip of the hand leads from one to the other.

/// What happened to a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Slip {
    /// Two letters changed places, wherever they stand, or one letter moved to another place.
    Transposed,
    /// One letter more, less or other.
    One,
    /// Two such.
    Two,
}

/// The smallest slip that leads from one name to the other; `None` when they are further apart, or equal.
pub(crate) fn slip(one: &str, other: &str) -> Option<Slip> {
    if one == other {
        return None;
    }
    if transposed(one, other) {
        return Some(Slip::Transposed);
    }
    match strsim::osa_distance(one, other) {
        1 => Some(Slip::One),
        2 => Some(Slip::Two),
        _ => None,
    }
}

/// Whether two letters changed places, or one letter moved.
pub(crate) fn transposed(one: &str, other: &str) -> bool {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    if one.len() != other.len() {
        return false;
    }
    let differs = |(a, b): (&char, &char)| a != b;
    let Some(first) = one.iter().zip(&other).position(differs) else { return false };
    let Some(last) = one.iter().zip(&other).rposition(differs) else { return false };
    let (a, b) = (&one[first..=last], &other[first..=last]);
    let inside = a.len() - 1;
    let swapped = a[0] == b[inside] && a[inside] == b[0] && a[1..inside] == b[1..inside];
    let moved_on = a[0] == b[inside] && a[1..] == b[..inside];
    let moved_back = a[inside] == b[0] && a[..inside] == b[1..];
    swapped || moved_on || moved_back
}

/// Whether the first letters differ in a way that hands do not: another letter before the word or in place of the first.
/// A first letter that is missing, or doubled, is a slip.
pub(crate) fn starts_otherwise(slipped: &str, target: &str) -> bool {
    let (mut one, mut other) = (slipped.chars(), target.chars());
    if one.next() == other.next() || is_neighbour_key(slipped, target) {
        return false;
    }
    other.as_str() != slipped
}

/// Rows of the keyboard that most people have: keys that are neighbours are hit for each other.
const KEYBOARD: [&str; 4] = ["1234567890-", "qwertyuiop", "asdfghjkl", "zxcvbnm"];

/// Whether the only letter that differs is a neighbour on the keyboard: such a slip comes first.
pub(crate) fn is_neighbour_key(one: &str, other: &str) -> bool {
    let mut differing = one.chars().zip(other.chars()).filter(|(a, b)| a != b);
    let (Some((a, b)), None) = (differing.next(), differing.next()) else { return false };
    if one.chars().count() != other.chars().count() {
        return false;
    }
    let place = |key: char| {
        KEYBOARD
            .iter()
            .enumerate()
            .find_map(|(row, keys)| keys.chars().position(|k| k == key).map(|column| (row, column)))
    };
    let (Some((row, column)), Some((other_row, other_column))) = (place(a), place(b)) else { return false };
    row.abs_diff(other_row) <= 1 && column.abs_diff(other_column) <= 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips() {
        for (one, other, expected) in [
            ("reqeusts", "requests", Some(Slip::Transposed)),
            ("bo3to", "boto3", Some(Slip::Transposed)),
            ("tomato", "motato", Some(Slip::Transposed)),
            ("nupmy", "numpy", Some(Slip::Transposed)),
            ("djago", "django", Some(Slip::One)),
            ("djanga", "django", Some(Slip::One)),
            ("requesgt", "requests", Some(Slip::Two)),
            ("flask", "flask", None),
            ("flask", "django", None),
        ] {
            assert_eq!(slip(one, other), expected, "{one} {other}");
        }
    }

    #[test]
    fn neighbours_on_the_keyboard() {
        assert!(is_neighbour_key("djangi", "django"));
        assert!(is_neighbour_key("fjango", "django"));
        assert!(!is_neighbour_key("djanga", "django"));
        assert!(!is_neighbour_key("djangoo", "django"));
    }
}
