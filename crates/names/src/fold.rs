//! Forms of a name in which names that people confuse are equal.

use unicode_security::confusable_detection::skeleton;

/// A name's letters and digits, lower case: `-`, `_` and `.` taken out. Letters of other scripts become the ASCII letters
/// that they look like (UTS 39, section 4).
pub(crate) fn squashed(name: &str) -> String {
    let bare = |text: &mut dyn Iterator<Item = char>| {
        text.filter(|letter| !is_separator(*letter)).flat_map(char::to_lowercase).collect::<String>()
    };
    // The skeleton of ASCII text confuses more than it should here: `m` becomes `rn`, `1` becomes `l`.
    if name.is_ascii() {
        return bare(&mut name.chars());
    }
    let latin = |letter: char| -> Vec<char> {
        if letter.is_ascii() {
            return vec![letter];
        }
        let lower: String = letter.to_lowercase().collect();
        skeleton(&lower).collect()
    };
    bare(&mut name.chars().flat_map(latin))
}

/// What stands between the words of a name.
pub(crate) fn is_separator(letter: char) -> bool {
    matches!(letter, '-' | '_' | '.')
}

/// The words of a canonical name.
pub(crate) fn words(name: &str) -> Vec<&str> {
    name.split(is_separator).filter(|word| !word.is_empty()).collect()
}

/// The form in which two names may not both exist on the registry of Python projects (its *ultranormalised* name): without
/// separators, `l` and `i` as `1`, `o` as `0`.
pub fn ultranormalized(name: &str) -> String {
    ultra(&squashed(name))
}

pub(crate) fn ultra(squashed: &str) -> String {
    let fold = |letter| match letter {
        'l' | 'i' => '1',
        'o' => '0',
        other => other,
    };
    squashed.chars().map(fold).collect()
}

/// Digits that stand for letters, as letters: `tkint3rs` is `tkinters`. A digit counts as a letter only when it stands
/// alone and a letter follows it, as other numbers are versions; `None` when there is none.
pub(crate) fn unleet(squashed: &str) -> Option<String> {
    let letters: Vec<char> = squashed.chars().collect();
    let read = |(at, letter): (usize, &char)| {
        let follows = letters.get(at + 1).is_some_and(char::is_ascii_alphabetic);
        let alone = at == 0 || !letters[at - 1].is_ascii_digit();
        if follows && alone { letter_of(*letter) } else { *letter }
    };
    let read: String = letters.iter().enumerate().map(read).collect();
    (read != squashed).then_some(read)
}

fn letter_of(digit: char) -> char {
    match digit {
        '0' => 'o',
        '1' => 'l',
        '3' => 'e',
        '4' => 'a',
        '5' => 's',
        '7' => 't',
        '8' => 'b',
        '9' => 'g',
        other => other,
    }
}

/// What the eye takes for the same: digits as letters, `rn` as `m`, `vv` as `w`, `cl` as `d`, `i` and `j` as `l`.
pub(crate) fn look_alike(squashed: &str) -> String {
    let read = unleet(squashed);
    let text = read.as_deref().unwrap_or(squashed);
    let mut out = String::with_capacity(text.len());
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        let next = letters.peek().copied();
        let (seen, both) = match (letter, next) {
            ('r', Some('n')) => ('m', true),
            ('v', Some('v')) => ('w', true),
            ('c', Some('l')) => ('d', true),
            ('i' | 'j' | '1', _) => ('l', false),
            ('0', _) => ('o', false),
            _ => (letter, false),
        };
        out.push(seen);
        if both {
            letters.next();
        }
    }
    out
}

/// British and American spellings, the American one second. Parts of words, so that `colours` and `colourful` are found.
const SPELLINGS: [(&str, &str); 28] = [
    ("colour", "color"),
    ("behaviour", "behavior"),
    ("flavour", "flavor"),
    ("favourite", "favorite"),
    ("neighbour", "neighbor"),
    ("honour", "honor"),
    ("labour", "labor"),
    ("armour", "armor"),
    ("centre", "center"),
    ("metre", "meter"),
    ("grey", "gray"),
    ("catalogue", "catalog"),
    ("dialogue", "dialog"),
    ("analogue", "analog"),
    ("licence", "license"),
    ("defence", "defense"),
    ("cheque", "check"),
    ("serialise", "serialize"),
    ("optimise", "optimize"),
    ("normalise", "normalize"),
    ("organise", "organize"),
    ("tokenise", "tokenize"),
    ("visualise", "visualize"),
    ("parametrise", "parametrize"),
    ("parameterise", "parameterize"),
    ("initialise", "initialize"),
    ("synchronise", "synchronize"),
    ("analyse", "analyze"),
];

/// One spelling for both sides of the Atlantic.
pub(crate) fn american(squashed: &str) -> String {
    let mut text = squashed.to_owned();
    for (british, american) in SPELLINGS {
        if text.contains(british) {
            text = text.replace(british, american);
        }
    }
    // `-iser`, `-isation` of the verbs above.
    if text.contains("isation") {
        text = text.replace("isation", "ization");
    }
    if text.contains("aliser") {
        text = text.replace("aliser", "alizer");
    }
    text
}

/// The letters in alphabetical order: equal for names that are a transposition of each other.
pub(crate) fn anagram(squashed: &str) -> String {
    let mut letters: Vec<char> = squashed.chars().collect();
    letters.sort_unstable();
    letters.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms() {
        for (form, name, expected) in [
            (squashed as fn(&str) -> String, "Setup-Tools_x.y", "setuptoolsxy"),
            (squashed, "r\u{435}quests", "requests"),
            (|name| ultra(name), "jellyfish", "je11yf1sh"),
            (|name| ultra(name), "jeiiyfish", "je11yf1sh"),
            (|name| american(name), "colourama", "colorama"),
            (|name| american(name), "tokenisers", "tokenizers"),
            (|name| look_alike(name), "rnatplotlib", "matplotllb"),
            (|name| look_alike(name), "matplot1ib", "matplotllb"),
            (|name| look_alike(name), "vverkzeug", "werkzeug"),
            (|name| look_alike(name), "boto3", "boto3"),
            (|name| anagram(name), "boto3", "3boot"),
        ] {
            assert_eq!(form(name), expected, "{name}");
        }
        assert_eq!(unleet("tkint3rs").as_deref(), Some("tkinters"));
        assert_eq!(unleet("urllib3"), None);
    }
}
