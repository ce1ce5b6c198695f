"""Random numbers that Python and JavaScript draw bit for bit alike.

``figures/core/draws.mjs`` is the twin: a live figure in the browser and the Python that it hands
out compute with the same weights and data.

Integers come from xoshiro128** 1.1 (Blackman & Vigna 2021), its state filled by a SplitMix counter
(Steele, Lea & Flood 2014) through the 32-bit finaliser of MurmurHash3. Normals come from Algorithm
N of Karney 2016, "Sampling exactly from the normal distribution": comparisons of uniforms, and
+ − × ÷, which IEEE 754 rounds alike everywhere, where log and cos differ between engines.
"""

MASK = 0xFFFFFFFF
GOLDEN = 0x9E3779B9  # 2^32 over the golden ratio, SplitMix's odd increment


def _mix(z: int) -> int:
    """Mix z's bits: a bijection of the 32-bit integers."""
    z &= MASK
    z = (z ^ (z >> 16)) * 0x85EBCA6B & MASK
    z = (z ^ (z >> 13)) * 0xC2B2AE35 & MASK
    return z ^ (z >> 16)


def _rotate_left(x: int, k: int) -> int:
    return (x << k | x >> (32 - k)) & MASK


class Draws:
    """One of a seed's independent sequences of random numbers.

    Parameters
    ----------
    seed : int
        From 0 to 2³² − 1.
    stream : int, default 0
        Which of the seed's sequences. A tensor that has its own does not change when another
        grows.

    Raises
    ------
    TypeError, ValueError
        If a seed or a stream is not a whole number in that range.
    """

    def __init__(self, seed: int, stream: int = 0) -> None:
        _require_word("seed", seed)
        _require_word("stream", stream)
        key = _mix(_mix(seed + GOLDEN) + stream + GOLDEN)
        self.state = [_mix(key + i * GOLDEN) for i in range(4)]

    def integer(self) -> int:
        """Return a whole number from 0 to 2³² − 1."""
        a, b, c, d = self.state
        c ^= a
        d ^= b
        self.state = [a ^ d, b ^ c, c ^ (b << 9 & MASK), _rotate_left(d, 11)]
        return _rotate_left(b * 5 & MASK, 7) * 9 & MASK

    def uniform(self) -> float:
        """Return a multiple of 2⁻⁵³ in [0, 1): 53 bits from two integers."""
        high = self.integer() >> 5
        low = self.integer() >> 6
        return (high * 2**26 + low) / 2**53

    def survives(self, p: float) -> bool:
        """Return True with probability e^−p, 0 ≤ p ≤ 1: von Neumann's descending run."""
        descents = 0
        while (u := self.uniform()) < p:
            p = u
            descents += 1
        return descents % 2 == 0

    def survives_all(self, p: float, times: int) -> bool:
        """Return True with probability e^−(times · p)."""
        return all(self.survives(p) for _ in range(times))

    def normal(self) -> float:
        """Return a draw from N(0, 1)."""
        while True:
            k = 0
            while self.survives(0.5):
                k += 1
            if not self.survives_all(0.5, k * (k - 1)):
                continue
            x = self.uniform()
            if not self.survives_all(x * (2 * k + x) / (2 * k + 2), k + 1):
                continue
            return -(k + x) if self.uniform() < 0.5 else k + x

    def uniforms(self, count: int, bound: float) -> list[float]:
        """Return ``count`` draws from U(−bound, bound)."""
        return [bound * (2 * self.uniform() - 1) for _ in range(count)]

    def normals(self, count: int) -> list[float]:
        """Return ``count`` draws from N(0, 1)."""
        return [self.normal() for _ in range(count)]


def _require_word(name: str, value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{name} is {value!r}; expected a whole number, for example {name}=0.")
    if not 0 <= value <= MASK:
        raise ValueError(f"{name} is {value}; expected a whole number from 0 to {MASK}.")
