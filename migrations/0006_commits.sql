-- A range of trials is found by where it starts, not by going through all of its run.

-- Should a range ever have been noted twice, the longer one is what was done.
DELETE FROM commits WHERE (run_no, commit_no) IN (
    SELECT run_no, commit_no FROM (
        SELECT run_no, commit_no,
            row_number() OVER (PARTITION BY run_no, start ORDER BY len DESC, commit_no) AS place
        FROM commits
    ) WHERE place > 1
);
CREATE UNIQUE INDEX commits_by_start ON commits (run_no, start);
