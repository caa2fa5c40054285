"""Random runs on the model of engine 2, for the engine to come to the same.

    python terms.py ORACLE FOLDER SEED COUNT    # writes FOLDER/runs.json

ORACLE holds `engine2/examples.py`, the model. What is given here and what the model made of it are
written side by side; the orders are planned beforehand, so that both sides give the same ones.
"""

import json
import random
import sys
from fractions import Fraction
from pathlib import Path

sys.path.insert(0, str(Path(sys.argv[1]) / "engine2"))

from examples import HOUR, Distance, Exits, Fees, Instrument, Market  # noqa: E402


class Account(Market):
    """The model, but that an order that is refused leaves what is held valued as it was."""

    def enter(self, o, n, side, priced, time, clip=None):
        mark, refused = self.mark[n], sum(self.rejections.values())
        super().enter(o, n, side, priced, time, clip)
        if sum(self.rejections.values()) > refused:
            self.mark[n] = mark


def walk(dice, count, width, skip):
    bars, close = [], dice.choice([300, 500, 2_000])
    for index in range(count):
        if dice.random() < skip:
            continue
        first = max(20, close + dice.randint(-6, 6))
        close = max(20, first + dice.randint(-12, 12))
        high = max(first, close) + dice.randint(0, 9)
        low = max(1, min(first, close) - dice.randint(0, 9))
        bars.append([index * width, first, high, low, close])
    return bars or [[0, close, close, close, close]]


def some_distance(dice):
    if dice.random() < 0.5:
        return {"ticks": dice.randint(1, 25)}
    return {"percent": f"0.{dice.randint(1, 60):03}"}


def some_offset(dice, trigger):
    """Of the trigger's kind and nearer, or none: no other is taken."""
    if trigger is None or dice.random() < 0.5:
        return None
    if "ticks" in trigger:
        return {"ticks": dice.randrange(trigger["ticks"])}
    return {"percent": f"0.{dice.randrange(int(trigger['percent'][2:])):03}"}


def some_targets(dice):
    """Of one kind and the nearest first, for the model counts from the front how many were taken; and
    none behind one that leaves nothing, for it would go on below zero."""
    kind, most = dice.choice([("ticks", 25), ("percent", 60)])
    away = sorted(dice.randint(1, most) for _ in range(dice.randint(0, 3)))
    distances = [{kind: count if kind == "ticks" else f"0.{count:03}"} for count in away]
    return [
        [distance, f"{dice.randint(1, 10 if distance is distances[-1] else 9) / 10}"]
        for distance in distances
    ]


def some_exits(dice):
    break_even = some_distance(dice) if dice.random() < 0.3 else None
    maybe = lambda odds: some_distance(dice) if dice.random() < odds else None
    return {
        "stop": maybe(0.6),
        "targets": some_targets(dice),
        "trail": maybe(0.5),
        "activation": maybe(0.3),
        "break_even": break_even,
        "offset": some_offset(dice, break_even),
        "bars": dice.randint(1, 6) if dice.random() < 0.2 else 0,
        "clock": dice.randint(0, 23) if dice.random() < 0.2 else None,
    }


def of_model(exits):
    read = lambda given: None if given is None else Distance(**given)
    return Exits(
        stop=read(exits["stop"]),
        targets=[(read(distance), portion) for distance, portion in exits["targets"]],
        trail=read(exits["trail"]),
        activation=read(exits["activation"]) if exits["trail"] else None,
        break_even=read(exits["break_even"]),
        offset=read(exits["offset"]) if exits["break_even"] else None,
        bars=exits["bars"] or None,
        clock_ms=None if exits["clock"] is None else exits["clock"] * HOUR,
    )


def some_order(dice, close, cools):
    size = dice.choice(
        [
            ["steps", str(dice.randint(1, 900))],
            ["equity", f"{dice.randint(1, 15) / 10}"],
            ["value", str(dice.randint(1, 900))],
        ]
    )
    kinds = ["OPEN"] * 5 + ["CLOSE", "PART"] + ([] if cools else ["WEIGHT", "STEPS"])
    return {
        "kind": dice.choice(kinds),
        "side": dice.choice([1, -1]),
        "size": size,
        "price": dice.choice(
            [None, None, ["limit", close + dice.randint(-15, 15)], ["stop", close + dice.randint(-15, 15)]]
        ),
        "portion": f"{dice.randint(1, 9) / 10}",
        "weight": f"{dice.randint(-10, 10) / 10}",
        "band": f"0.0{dice.randint(0, 3)}",
        "steps": dice.randint(-500, 500),
    }


def give(market, name, order):
    match order["kind"]:
        case "OPEN":
            kind, amount = order["size"]
            size = (kind, int(amount) if kind == "steps" else amount)
            price = order["price"] and tuple(order["price"])
            market.order(name, "OPEN", order["side"], size, price=price)
        case "CLOSE":
            market.order(name, "CLOSE")
        case "PART":
            market.order(name, "CLOSE", portion=Fraction(order["portion"]))
        case "WEIGHT":
            weight, band = Fraction(order["weight"]), Fraction(order["band"])
            replace_target(market, name)
            market.order(name, "TARGET", weight=weight, band=band)
        case "STEPS":
            replace_target(market, name)
            market.order(name, "TARGET", steps=order["steps"])


def replace_target(market, name):
    """A target stands in place of one that still waits."""
    market.orders = [o for o in market.orders if o["n"] != name or o["kind"] != "TARGET"]


def run(seed):
    dice = random.Random(seed)
    names = "ABC"[: dice.randint(1, 3)]
    exits = some_exits(dice)
    width = {name: dice.choice([HOUR, HOUR, 2 * HOUR, 3 * HOUR]) for name in names}
    if exits["clock"] is not None:
        # The model leaves a longer bar at its close before it looks into the shorter ones.
        width = dict.fromkeys(names, width["A"])
    skip = dice.choice([0, 0.1])
    bars = {name: walk(dice, 60 * HOUR // width[name], width[name], skip) for name in names}
    account = {
        "cash": dice.choice([50, 200, 1_000]),
        "rate": f"0.00{dice.randint(0, 3)}",
        "slippage": dice.randint(0, 2),
        "leverage": dice.choice([1, 1, 2, 5]),
        "policy": dice.choice(["WORST_CASE", "NEXT_BAR"]),
        "max_positions": dice.choice([0, 0, 2]),
        "max_entries": dice.choice([0, 0, 2]),
        "cool_down": dice.choice([0, 0, 2]),
        # Where the open is beyond a target and only the bar goes through it, the model fills at the
        # target, which may be no price of the bar.
        "through": 0 if exits["targets"] else dice.choice([0, 0, 2]),
    }
    plan = []
    for name in names:
        for time, *_, close in bars[name]:
            if dice.random() < 0.4:
                order = some_order(dice, close, account["cool_down"] > 0)
                plan.append({"time": time + width[name], "instrument": names.index(name), **order})
    plan.sort(key=lambda order: (order["time"], order["instrument"]))

    def script(market, now):
        for order in plan:
            if order["time"] == now:
                give(market, names[order["instrument"]], order)

    market = Account(
        [Instrument(name, tick="0.01", step="0.001") for name in names],
        {name: [tuple(bar) for bar in bars[name]] for name in names},
        width,
        account["cash"],
        script,
        fees=Fees(maker=account["rate"], taker=account["rate"]),
        slip_ticks=account["slippage"],
        leverage=account["leverage"],
        exits=of_model(exits),
        policy=account["policy"],
        max_positions=account["max_positions"] or None,
        max_entries=account["max_entries"] or None,
        cool_down=account["cool_down"],
        through=account["through"],
    )
    market.run()
    return {
        "seed": seed,
        "account": account,
        "exits": exits,
        "hours": [width[name] // HOUR for name in names],
        "bars": [bars[name] for name in names],
        "plan": plan,
        "fills": [
            [fill["time"], names.index(fill["instrument"]), fill["steps"], fill["price"], fill["rule"]]
            for fill in market.fills
        ],
        "reasons": [trade["reason"] for trade in market.trades],
        "excursions": [[trade["entries"], trade["mae"], trade["mfe"]] for trade in market.trades],
        "equity": market.equity(),
        "ambiguous": [market.ambiguous, market.difference],
        "refused": sum(market.rejections.values()),
    }


folder, first, count = Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
runs = [run(seed) for seed in range(first, first + count)]
(folder / "runs.json").write_text(json.dumps(runs))
