-- How often what a strategy as text goes by was there, as JSON; of no use to whoever looks for runs.

ALTER TABLE backtests ADD COLUMN rule_facts TEXT NOT NULL DEFAULT '[]';
