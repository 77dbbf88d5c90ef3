"""What columns.ts works out, in vectorised Python: numpy, with the volatilities by py_vollib_vectorized (numba).

vectorised.py FILE COUNT: enriches so many products at once. Each line of input is a number of seconds, each line of output
what was done in them.
"""

import json
import sys
import time

import numpy as np
from py_vollib_vectorized import vectorized_implied_volatility
from scipy.special import ndtr

file, count = sys.argv[1], int(sys.argv[2])
with open(file) as opened:
    all_products = json.load(opened)


def batch(products):
    """Rows of options, and (product, expiry, strike) arrays of what is counted."""

    def column(name):
        return np.array([[expiry[name] for expiry in one["expiries"]] for one in products], float)

    strikes = column("strikes")
    years = column("years")[:, :, None] + np.zeros_like(strikes)
    terms = {name: np.array([one[name] for one in products])[:, None, None] + np.zeros_like(strikes)
             for name in ("spot", "rate", "dividendYield")}
    both = lambda calls, puts: np.concatenate([calls.ravel(), puts.ravel()])
    return {
        "shape": strikes.shape,
        "strikes": strikes,
        "years": years,
        "terms": terms,
        "flag": np.array(["c"] * strikes.size + ["p"] * strikes.size),
        "sign": both(np.ones_like(strikes), -np.ones_like(strikes)),
        "price": both(column("callPrices"), column("putPrices")),
        "strike": both(strikes, strikes),
        "t": both(years, years),
        **{name: both(value, value) for name, value in terms.items()},
        "volumes": (column("callVolumes"), column("putVolumes")),
        "open": (column("callOpenInterest"), column("putOpenInterest")),
    }


def enrich(of, sums):
    spot, strike, t, sign = of["spot"], of["strike"], of["t"], of["sign"]
    rate, dividend_yield = of["rate"], of["dividendYield"]
    volatility = vectorized_implied_volatility(
        of["price"], spot, strike, t, rate, of["flag"], q=dividend_yield,
        model="black_scholes_merton", return_as="numpy", on_error="ignore")
    root = np.sqrt(t)
    deviation = volatility * root
    dividends = np.exp(-dividend_yield * t)
    asset, cash = spot * dividends, strike * np.exp(-rate * t)
    d1 = np.log(asset / cash) / deviation + 0.5 * deviation
    density = np.exp(-0.5 * d1 * d1) / np.sqrt(2 * np.pi)
    in_money1, in_money2 = ndtr(sign * d1), ndtr(sign * (d1 - deviation))
    delta = sign * dividends * in_money1
    gamma = dividends * density / (spot * deviation)
    vega = asset * density * root
    theta = (sign * (dividend_yield * asset * in_money1 - rate * cash * in_money2)
             - vega * volatility / (2 * t))
    rho = sign * t * cash * in_money2
    calls = volatility[: len(volatility) // 2].reshape(of["shape"])
    strikes, years, terms = of["strikes"], of["years"], of["terms"]
    forward = terms["spot"] * np.exp((terms["rate"] - terms["dividendYield"]) * years)
    k = np.log(strikes / forward)
    after = np.argmax(k >= 0, axis=2)[:, :, None]
    take = lambda values, index: np.take_along_axis(values, index, 2)[:, :, 0]
    k0, k1 = take(k, after - 1), take(k, after)
    share = -k0 / (k1 - k0)
    at_the_money = np.sqrt((1 - share) * take(calls, after - 1) ** 2 + share * take(calls, after) ** 2)
    move = forward[:, :, 0] * at_the_money * np.sqrt(years[:, :, 0])
    above = np.maximum(strikes[:, :, :, None] - strikes[:, :, None, :], 0)
    pain = (np.einsum("pekj,pej->pek", above, of["open"][0])
            + np.einsum("pejk,pej->pek", above, of["open"][1]))
    worst = take(strikes, np.argmin(pain, axis=2)[:, :, None])
    unusual = sum(np.count_nonzero((volume >= 100) & (volume > 2 * interest))
                  for volume, interest in zip(of["volumes"], of["open"]))
    ratios = [puts.sum((1, 2)) / calls_.sum((1, 2)) for calls_, puts in (of["volumes"], of["open"])]
    found = [volatility, delta, gamma, vega, theta, rho, worst, move, unusual, np.add(*ratios)]
    for index, value in enumerate(found):
        sums[index] += np.sum(value)


batches = [batch(all_products[i:i + count]) for i in range(0, len(all_products), count)]
enrich(batches[0], [0.0] * 10)
print("{}", flush=True)
for line in sys.stdin:
    end, cpu = time.perf_counter() + float(line), time.process_time()
    chains = 0
    while True:
        sums = [0.0] * 10
        for one in batches:
            enrich(one, sums)
        chains += len(all_products)
        if time.perf_counter() >= end:
            break
    print(json.dumps({"chains": chains, "cpuSeconds": time.process_time() - cpu,
                      "sums": [float(value) for value in sums]}), flush=True)
