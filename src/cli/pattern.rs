//! Names of files with `*` and `?` in them, for shells that leave those as they are.

use std::fs;
use std::path::{Path, PathBuf};

/// The files that the name stands for, in the order of their names: itself, unless it is that of no
/// file and its last part has a `*` or a `?`.
pub(super) fn files_of(path: &Path) -> Vec<PathBuf> {
    let pattern = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    if !pattern.contains(['*', '?']) || path.exists() {
        return vec![path.to_owned()];
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let Ok(entries) = fs::read_dir(folder.unwrap_or(Path::new("."))) else {
        return vec![path.to_owned()];
    };
    let is_meant = |name: &str| !name.starts_with('.') && fits(pattern, name);
    let mut found: Vec<PathBuf> = entries
        .flatten()
        .filter(|entry| entry.file_name().to_str().is_some_and(is_meant))
        .map(|entry| folder.map_or_else(PathBuf::new, Path::to_owned).join(entry.file_name()))
        .collect();
    found.sort();
    if found.is_empty() { vec![path.to_owned()] } else { found }
}

/// Whether the name fits the pattern: `*` is any letters, `?` is any one.
fn fits(pattern: &str, name: &str) -> bool {
    let (pattern, name): (Vec<char>, Vec<char>) =
        (pattern.chars().collect(), name.chars().collect());
    let (mut at, mut in_name) = (0, 0);
    // Where the last star stands, and what it has taken so far: the only thing to go back to.
    let mut star: Option<(usize, usize)> = None;
    while in_name < name.len() {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, in_name));
                at += 1;
            }
            Some(&letter) if letter == '?' || letter == name[in_name] => {
                (at, in_name) = (at + 1, in_name + 1);
            }
            _ => {
                let Some((place, taken)) = star else { return false };
                star = Some((place, taken + 1));
                (at, in_name) = (place + 1, taken + 1);
            }
        }
    }
    pattern[at..].iter().all(|letter| *letter == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_are_any_letters_and_question_marks_are_one() {
        for (pattern, name) in [
            ("*", "a"),
            ("*.csv", "a.csv"),
            ("a*c*e", "abcde"),
            ("2024-0?.csv", "2024-07.csv"),
            ("**a", "ba"),
            ("*ab*ab", "abaab"),
        ] {
            assert!(fits(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in
            [("*.csv", "a.csv.gz"), ("a?", "a"), ("a", "ab"), ("*b", "abc"), ("?", "")]
        {
            assert!(!fits(pattern, name), "{pattern} {name}");
        }
    }

    #[test]
    fn a_pattern_is_the_files_of_its_folder_in_order_and_a_file_is_itself() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["b.csv", "a.csv", "c.txt", ".d.csv", "x*.csv"] {
            fs::write(folder.path().join(name), "").unwrap();
        }
        let names = |pattern: &str| -> Vec<String> {
            let files = files_of(&folder.path().join(pattern));
            files.iter().map(|it| it.file_name().unwrap().to_str().unwrap().to_owned()).collect()
        };
        assert_eq!(names("*.csv"), ["a.csv", "b.csv", "x*.csv"]);
        assert_eq!(names("?.csv"), ["a.csv", "b.csv"]);
        assert_eq!(names("x*.csv"), ["x*.csv"]);
        assert_eq!(names("a.csv"), ["a.csv"]);
        assert_eq!(names("*.zip"), ["*.zip"], "and is then told to be missing");
    }
}
