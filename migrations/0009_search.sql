-- Runs are found by any part of what names them: each of a run's names between line feeds, so that
-- a name can also be found by how it begins. The trigrams of it are the one index of that.

CREATE VIRTUAL TABLE runs_text USING fts5 (text, tokenize = 'trigram');
INSERT INTO runs_text (rowid, text)
SELECT run_no, char(10) || display_name || char(10) || strategy || exchanges || symbols ||
    timeframes || coalesce((SELECT group_concat(label || char(10) || value, char(10))
        FROM run_labels WHERE run_labels.run_no = runs.run_no) || char(10), '') ||
    lower(substr(hex(run_id), 1, 8) || '-' || substr(hex(run_id), 9, 4) || '-' ||
        substr(hex(run_id), 13, 4) || '-' || substr(hex(run_id), 17, 4) || '-' ||
        substr(hex(run_id), 21))
FROM runs;
CREATE TRIGGER runs_text_gone AFTER DELETE ON runs BEGIN
    DELETE FROM runs_text WHERE rowid = old.run_no;
END;

-- The best trial of a search that ended without a result, once somebody has asked for it: -1 where
-- it has none that keeps the constraints, NULL where nobody has asked.
ALTER TABLE runs ADD COLUMN best_trial INTEGER;
