//! What each operating system does in its own way: files for their owner alone, reads at a place of
//! a file, room on a disk, the wish that a program end. All else asks here and knows no system.

#[cfg(unix)]
#[path = "unix.rs"]
mod own;
#[cfg(windows)]
#[path = "windows.rs"]
mod own;

pub use own::{Wishes, asked_to_end, end_by_wish, keep_private, outlive_full_files};
pub(crate) use own::{
    be_nice, close_to_others, disk, file_for_owner, folder_for_owner, for_everybody, identity,
    is_pipe, open_files_max, point_to, proc_units, read_exact_at, set_aside, write_all_at,
};

/// What the file system says of a disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Disk {
    /// All of its bytes.
    pub size: u64,
    /// Those that may still be written.
    pub free: u64,
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::{self, OpenOptions};
    use std::path::Path;

    #[test]
    fn a_file_is_read_and_written_at_a_place_wherever_it_stands() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let file = OpenOptions::new().create_new(true).read(true).write(true).open(path).unwrap();
        write_all_at(&file, b"0123456789", 0).unwrap();
        write_all_at(&file, b"ab", 4).unwrap();
        let mut found = [0; 4];
        read_exact_at(&file, &mut found, 3).unwrap();
        assert_eq!(&found, b"3ab6");
        let beyond = read_exact_at(&file, &mut found, 8).unwrap_err();
        assert_eq!(beyond.kind(), std::io::ErrorKind::UnexpectedEof);
    }

    #[test]
    fn a_disk_has_room_and_a_replaced_file_is_another() {
        let folder = tempfile::tempdir().unwrap();
        let found = disk(folder.path()).unwrap();
        assert!(0 < found.free && found.free <= found.size, "{found:?}");
        let [one, two] = ["one", "two"].map(|name| folder.path().join(name));
        fs::write(&one, "").unwrap();
        fs::write(&two, "").unwrap();
        let of = |path: &Path| identity(&fs::metadata(path).unwrap());
        assert_eq!(of(&one), of(&one));
        if cfg!(unix) {
            assert_ne!(of(&one), of(&two));
        }
    }
}
