//! The strategies of `docs/rules`: each reads without a word against it, trades, sees nothing of
//! what is to come, and comes to the same by columns and bar by bar.

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::fs;
    use std::path::Path;
    use std::sync::Arc;

    use super::super::Tape;
    use super::super::equality::same;
    use crate::engine::{Backtest, Meter, Observer, Report, Subscribed};
    use crate::market::{AuxColumn, AuxName, AuxSeries, Instrument, Series, SyntheticSpec, Units};
    use crate::rules::{Pace, compile};
    use crate::strategy::{
        AuxFeed, AuxNeed, Domain, NamedAux, ParamValue, Params, Scope, StrategyEntry,
    };
    use crate::trading::{EndOfRunPolicy, Fill, Simulation};

    /// Of quarters of an hour: four months.
    const BARS: u64 = 12_000;
    /// How many there are said to be.
    const STRATEGIES_MIN: usize = 30;
    /// Of each way in which a search computes them.
    const OF_A_PACE_MIN: usize = 3;

    #[derive(Default)]
    struct Fills(Vec<Fill>);

    impl Observer for Fills {
        fn fill(&mut self, fill: &Fill) {
            self.0.push(*fill);
        }
    }

    /// Names and texts, by name.
    fn texts() -> Vec<(String, String)> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/rules/strategies");
        let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
        let mut texts: Vec<_> = files
            .map(|file| {
                let name = file.file_stem().unwrap().to_string_lossy().into_owned();
                (name, fs::read_to_string(file).unwrap())
            })
            .collect();
        texts.sort();
        texts
    }

    fn market() -> Series {
        spec().series().unwrap()
    }

    fn spec() -> SyntheticSpec {
        let units =
            Units { price_tick: "0.01".parse().unwrap(), quantity_step: "0.001".parse().unwrap() };
        SyntheticSpec {
            bar_count: BARS,
            seed: 23,
            annual_volatility: 0.6,
            annual_drift: 0.1,
            trend_strength: 1.0,
            start_ms: 1_704_067_200_000,
            timeframe: "15m".parse().unwrap(),
            units,
            calendar: None,
        }
    }

    /// Texts say how much they buy.
    fn simulation(entry: &StrategyEntry) -> Simulation {
        let (end_of_run_policy, sizing) = (EndOfRunPolicy::MarkOpen, entry.default_sizing);
        Simulation { sizing, end_of_run_policy, ..Simulation::with_cash("100000".parse().unwrap()) }
    }

    /// The defaults, and each parameter at both ends of its axis: what fits together of that.
    fn trials(entry: &StrategyEntry) -> Vec<Params> {
        let mut given: Vec<BTreeMap<String, ParamValue>> = vec![BTreeMap::new()];
        for spec in &entry.params {
            let ends = match &spec.suggested {
                Domain::Int { min, max, .. } => vec![(*min).into(), (*max).into()],
                Domain::Double { min, max, .. } => vec![(*min).into(), (*max).into()],
                Domain::Bool | Domain::Choice(_) => Vec::new(),
            };
            given
                .extend(ends.into_iter().map(|end| BTreeMap::from([(spec.name.to_string(), end)])));
        }
        let made = given.iter().map(|given| Params::resolve(&entry.params, given).unwrap());
        made.filter(|params| (entry.build)(params).is_ok()).collect()
    }

    /// A run of a strategy, with whatever it reads beside its bars: the markets that it names, and
    /// the instruments that it decides for beside the first, go another way, and each column of its
    /// series has a value an hour, known a minute late.
    fn on<T>(
        entry: &StrategyEntry,
        (series, bars): (&Series, usize),
        run: impl FnOnce(&Backtest<'_>) -> T,
    ) -> T {
        let named = |name: &str| Instrument::new("TEST", name).unwrap();
        let beside = if entry.scope == Scope::Portfolio { 2 } else { entry.markets.len() as u64 };
        let others: Vec<_> = (0..beside).map(other).collect();
        let names: Vec<_> = (0..others.len()).map(|place| named(&format!("M{place}"))).collect();
        let own = named("WORKED");
        let mut subscribed = vec![Subscribed { instrument: &own, series, range: 0..bars }];
        subscribed.extend(names.iter().zip(&others).map(|(instrument, series)| Subscribed {
            instrument,
            series,
            range: 0..bars,
        }));
        let simulation = simulation(entry);
        run(&Backtest::new(&simulation, &subscribed).unwrap().with_aux(rows(entry, series, bars)))
    }

    fn other(place: u64) -> Series {
        SyntheticSpec { seed: 99 + place, ..spec() }.series().unwrap()
    }

    /// Of a run over so many bars: rows that are known later are others.
    fn rows(entry: &StrategyEntry, series: &Series, bars: usize) -> Vec<AuxFeed> {
        let Some(AuxNeed::Named(named)) = &entry.aux else { return Vec::new() };
        let times = series.bars.open_time_ms.iter().step_by(4).map(|open_ms| open_ms + 60_000);
        let known_ms: Vec<i64> = times.collect();
        let last_ms = series.bar_end_ms(bars - 1);
        let feed = |named: &NamedAux| {
            let columns = named.columns.iter().map(|name| {
                let mut column = AuxColumn::with_capacity(AuxName::new(name).unwrap(), 0);
                for (row, known_ms) in known_ms.iter().enumerate() {
                    let noise = if *known_ms > last_ms { row * 31 } else { row * row };
                    column.push((noise % 7 > 0).then_some((noise % 9) as f64 / 4.0 - 1.0));
                }
                column
            });
            let series = AuxSeries::new(known_ms.clone(), columns.collect()).unwrap();
            let name = named.name.clone();
            AuxFeed { name, series: Arc::new(series), instrument: None, key: 5 }
        };
        named.iter().map(feed).collect()
    }

    fn bar_by_bar(
        entry: &StrategyEntry,
        (series, bars): (&Series, usize),
        params: &Params,
    ) -> (Vec<Fill>, Report) {
        let mut fills = Fills::default();
        let report = on(entry, (series, bars), |backtest| {
            let mut strategy = entry.for_instruments(params, &backtest.instruments()).unwrap();
            backtest.run(strategy.as_mut(), &Meter::default(), &mut fills).unwrap()
        });
        (fills.0, report)
    }

    #[test]
    fn each_worked_strategy_reads_without_a_word_against_it() {
        let texts = texts();
        assert!(texts.len() >= STRATEGIES_MIN, "{}", texts.len());
        let mut paces = Vec::new();
        for (name, text) in texts {
            let compiled = compile(&text);
            assert_eq!(compiled.diagnostics.first().map(ToString::to_string), None, "{name}");
            let entry = compiled.entry.unwrap();
            assert!(!entry.description.is_empty() && !entry.params.is_empty(), "{name}");
            assert!(entry.params.iter().all(|spec| spec.description.ends_with('.')), "{name}");
            assert_eq!(
                compiled.slowed_by.is_some(),
                matches!(compiled.pace, Pace::Rest | Pace::Bars),
                "{name}"
            );
            paces.push(compiled.pace);
        }
        for pace in [Pace::Leap, Pace::Walk, Pace::Rest, Pace::Bars] {
            let count = paces.iter().filter(|it| **it == pace).count();
            assert!(count >= OF_A_PACE_MIN, "{pace:?}: {count}");
        }
    }

    #[test]
    fn each_worked_strategy_trades_and_sees_nothing_of_what_is_to_come() {
        let series = market();
        for (name, text) in texts() {
            let entry = compile(&text).entry.unwrap();
            let params = &trials(&entry)[0];
            let bars = series.bars.len();
            let (all, _) = bar_by_bar(&entry, (&series, bars), params);
            assert!(all.len() >= 2, "{name} has {} fills", all.len());
            // Where something happens, and where nothing does.
            let eventful = all[all.len() / 2].bar as usize;
            for cut in [eventful, eventful + 1, bars / 3, bars / 2 + 7] {
                let (before, _) = bar_by_bar(&entry, (&series, cut), params);
                let expected: Vec<_> =
                    all.iter().filter(|fill| fill.bar < cut as u64).copied().collect();
                assert_eq!(before, expected, "{name} up to bar {cut}");
            }
        }
    }

    #[test]
    fn each_worked_strategy_comes_to_the_same_by_columns() {
        let series = market();
        for (name, text) in texts() {
            let compiled = compile(&text);
            let entry = compiled.entry.unwrap();
            let trials = trials(&entry);
            for bars in [series.bars.len(), series.bars.len() / 2 + 7] {
                let is_slowed = compiled.pace == Pace::Bars;
                let tape = Tape::new(&series, 0..bars).unwrap();
                let reports = on(&entry, (&series, bars), |it| {
                    let made = |params: &Params| (entry.build)(params).unwrap();
                    let rules: Vec<_> =
                        trials.iter().map(|trial| made(trial).rule_over(it.aux())).collect();
                    assert!(rules.iter().all(|rule| rule.is_none() == is_slowed), "{name}");
                    it.run_all(&tape, &rules, &Meter::default()).unwrap()
                });
                for (params, report) in trials.iter().zip(reports) {
                    let Some(report) = report else {
                        assert!(is_slowed, "{name} is left to the bar loop");
                        continue;
                    };
                    let (_, expected) = bar_by_bar(&entry, (&series, bars), params);
                    same(&report, &expected, &name).unwrap();
                }
            }
        }
    }
}
