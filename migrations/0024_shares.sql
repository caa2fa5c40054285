-- How many times as much of the cores an owner's runs have as those of an owner of whom nothing is
-- said; NULL is once as much.

ALTER TABLE owners ADD COLUMN share INTEGER;
