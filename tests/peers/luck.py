"""Runs scipy, statsmodels, arch, jsharpe and moocore beside the statistics, on seeded numbers.

Compared are figures that both define alike, to one part in 10^9. What differs by definition:

- `arch` never studentizes its SPA, so its upper p value is White's reality check; that is
  compared, by the very days that it draws. It counts draws only, ours the search itself too.
- `jsharpe` takes moments, and has no biased or raw ones of its own: they come from scipy.

The exit code is 1 as soon as one differs.
"""

import argparse
import json
import subprocess
import sys
import warnings

import jsharpe
import moocore
import numpy as np
from arch.bootstrap import SPA, StationaryBootstrap, optimal_block_length
from scipy import integrate, stats
from statsmodels.stats.multitest import multipletests

warnings.filterwarnings("ignore")

SEED = 20261127
SAMPLES = 60
TABLES = 12
DRAWS = 200
THRESHOLD = 0.03
WITHIN = 1e-9


def samples(random):
    """Returns of several lengths: independent, correlated, skewed, with fat tails."""
    drawn = []
    for number in range(SAMPLES):
        days = int(random.integers(40, 600))
        shocks = random.standard_t(4, days) if number % 2 else random.normal(size=days)
        rho = random.uniform(-0.3, 0.5)
        series = [shocks[0]]
        for shock in shocks[1:]:
            series.append(rho * series[-1] + shock)
        skewed = np.expm1(0.4 * np.array(series)) if number % 3 == 0 else np.array(series)
        drawn.append(0.01 * skewed + 0.0005)
    return drawn


def tables(random):
    """Trials by days, the days that arch draws of them, and the seed of that."""
    drawn = []
    for number in range(TABLES):
        days, trials, block = (
            int(random.integers(60, 200)),
            int(random.integers(2, 12)),
            2 + number % 5,
        )
        returns = random.normal(0.0005, 0.01, (days, trials)) * random.uniform(0.3, 3, trials)
        seed = int(random.integers(1 << 31))
        bootstrap = StationaryBootstrap(block, np.arange(days), seed=seed)
        places = [positions[0] for positions, _ in bootstrap.bootstrap(DRAWS)]
        drawn.append((returns, places, block, seed))
    return drawn


def greatest(count):
    """The mean of the greatest of so many standard normal draws, by its integral."""
    density = lambda z: count * z * stats.norm.pdf(z) * stats.norm.cdf(z) ** (count - 1)
    return integrate.quad(
        density, -12, 12, epsabs=1e-13, epsrel=1e-13, limit=400, points=[0, 3, 5]
    )[0]


class Comparison:
    """Counts what was compared, and tells what differs."""

    def __init__(self):
        self.counts, self.faults = {}, []

    def near(self, what, ours, theirs, within=WITHIN):
        ours, theirs = (
            np.atleast_1d(np.asarray(ours, float)),
            np.atleast_1d(np.asarray(theirs, float)),
        )
        self.counts[what] = self.counts.get(what, 0) + ours.size
        if ours.shape != theirs.shape or not np.allclose(ours, theirs, rtol=within, atol=1e-15):
            self.faults.append(f"{what}: ours {ours[:5]}, theirs {theirs[:5]}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--statistics", required=True, help="the example peer_statistics")
    engine = parser.parse_args().statistics
    random = np.random.default_rng(SEED)
    returns, drawn = samples(random), tables(random)
    numbers = [*np.linspace(-8, 8, 81), -20.0, -0.0]
    shares = [*np.linspace(0.001, 0.999, 101), 1e-12, 1e-6, 1 - 1e-9]
    counts = [1, 2, 3, 7.5, 20, 300, 1e4, 1e6]
    p_values = [np.sort(random.uniform(size=20)) ** random.uniform(1, 4) for _ in range(20)]
    p_values = [random.permutation(p) for p in p_values]
    pairs = [np.round(random.normal(size=(30, 2)), number % 3) for number in range(20)]
    fronts = [
        np.round(random.uniform(size=(60, 2 + number % 2)), 1 + number % 4) for number in range(40)
    ]
    asked = {
        "numbers": numbers,
        "shares": shares,
        "counts": counts,
        "samples": [series.tolist() for series in returns],
        "threshold": THRESHOLD,
        "p_values": [p.tolist() for p in p_values],
        "tables": [
            {
                "trials": table.T.tolist(),
                "draws": [places.tolist() for places in days],
                "mean_block": block,
            }
            for table, days, block, _ in drawn
        ],
        "pairs": [pair.tolist() for pair in pairs],
        "fronts": [
            {"points": points.tolist(), "end": [1.0] * points.shape[1]} for points in fronts
        ],
    }
    done = subprocess.run(
        [engine], input=json.dumps(asked), capture_output=True, text=True, check=True
    )
    ours = json.loads(done.stdout)

    told = Comparison()
    told.near("normal law (scipy)", ours["below"], stats.norm.cdf(numbers))
    told.near("normal quantile (scipy)", ours["quantiles"], stats.norm.ppf(shares))
    told.near("greatest of N (scipy quad)", ours["maxima"][1:], [greatest(n) for n in counts[1:]])
    told.near("greatest of 1", 1 + ours["maxima"][0], 1.0)
    for series, found in zip(returns, ours["samples"]):
        moments = {"gamma3": stats.skew(series), "gamma4": stats.kurtosis(series, fisher=False)}
        rho = found["autocorrelation"]
        sharpe, days = series.mean() / series.std(ddof=1), len(series)
        told.near("Sharpe ratio", found["sharpe"], sharpe)
        told.near("skewness (scipy)", found["skewness"], moments["gamma3"])
        told.near("kurtosis (scipy)", found["kurtosis"], moments["gamma4"])
        variance = jsharpe.sharpe_ratio_variance(sharpe, days, **moments, rho=rho)
        told.near("variance of a ratio (jsharpe)", found["variance"], variance)
        psr = jsharpe.probabilistic_sharpe_ratio(sharpe, THRESHOLD, T=days, **moments, rho=rho)
        told.near("PSR 2026 (jsharpe)", found["psr_2026"], psr)
        length = optimal_block_length(series)["stationary"].iloc[0]
        told.near("block length (arch)", found["block_length"], length)
    for p, found in zip(p_values, ours["adjusted"]):
        for method in ("bonferroni", "holm", "fdr_bh", "fdr_by"):
            told.near(f"{method} (statsmodels)", found[method], multipletests(p, method=method)[1])
    for (table, _, block, seed), found in zip(drawn, ours["tables"]):
        spa = SPA(
            np.zeros(len(table)), -table, block_size=block, reps=DRAWS, studentize=False, seed=seed
        )
        spa.compute()
        told.near("omega squared (arch)", found["omega_squared"], spa._loss_diff_var)
        of_draws = (found["reality_check"] * (DRAWS + 1) - 1) / DRAWS
        told.near("reality check (arch)", of_draws, spa.pvalues["upper"])
    spearman = [stats.spearmanr(pair[:, 0], pair[:, 1]).statistic for pair in pairs]
    told.near("rank correlation (scipy)", ours["correlations"], spearman)
    for points, found in zip(fronts, ours["fronts"]):
        on_it = np.flatnonzero(moocore.is_nondominated(points, keep_weakly=True))
        told.near("front (moocore)", found["on_it"], on_it)
        told.near(
            "hypervolume (moocore)",
            found["volume"],
            moocore.hypervolume(points, ref=np.ones(points.shape[1])),
        )

    for what, count in told.counts.items():
        print(f"{what:34} {count:6} alike")
    for fault in told.faults[:20]:
        print(f"differs: {fault}", file=sys.stderr)
    return 1 if told.faults else 0


if __name__ == "__main__":
    sys.exit(main())
