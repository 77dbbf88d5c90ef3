"""Cables that delay what goes to one of their ends and lose some of all, for kernels without netem.

`slowCables.py near1:far1 near2:far2` makes the interfaces at the ends of each cable, says "ready", and carries frames
between them until it is killed. The delays and losses are those that Network.ts asks of netem.
"""

import errno
import fcntl
import heapq
import itertools
import os
import random
import select
import struct
import sys
import time

# <linux/if_tun.h>
TUNSETIFF = 0x400454CA
IFF_TAP = 0x0002
IFF_NO_PI = 0x1000

LONGEST_FRAME = 65_536
DELAY_SECONDS = 0.002
JITTER_SECONDS = 0.001
LOSS = 0.001


def make_interface(name: str) -> int:
    end = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(end, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TAP | IFF_NO_PI))
    return end


def deliver(end: int, frame: bytes) -> None:
    try:
        os.write(end, frame)
    except OSError as error:
        # An interface that is down, or too busy, loses frames as others do.
        if error.errno not in (errno.EIO, errno.EAGAIN, errno.ENOBUFS):
            raise


def main() -> None:
    cables = [tuple(map(make_interface, names.split(":"))) for names in sys.argv[1:]]
    other = {end: other for near, far in cables for end, other in ((near, far), (far, near))}
    far_ends = {far for _, far in cables}
    print("ready", flush=True)
    under_way = []
    numbers = itertools.count()
    while True:
        wait = max(0.0, under_way[0][0] - time.monotonic()) if under_way else None
        for end in select.select(list(other), [], [], wait)[0]:
            frame = os.read(end, LONGEST_FRAME)
            if random.random() < LOSS:
                continue
            if other[end] not in far_ends:
                deliver(other[end], frame)
                continue
            due = time.monotonic() + DELAY_SECONDS + random.uniform(-JITTER_SECONDS, JITTER_SECONDS)
            heapq.heappush(under_way, (due, next(numbers), other[end], frame))
        while under_way and under_way[0][0] <= time.monotonic():
            _, _, end, frame = heapq.heappop(under_way)
            deliver(end, frame)


if __name__ == "__main__":
    main()
