"""A plain gRPC program that knows of no mesh: no TLS, no xDS, its peers at an address on this machine.

Consul's Envoy sidecar stands before it and behind it.
"""

import argparse
import math
import pathlib
import signal
import sys
from concurrent import futures

import grpc
from grpc_reflection.v1alpha import reflection

# The code that `make examples` generates for the Python example.
sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "python" / "gen"))

from examples.v1 import risk_pb2, risk_pb2_grpc  # noqa: E402
from market.v1 import analytics_pb2, analytics_pb2_grpc  # noqa: E402

# As the contract has it: what AssessPosition may take. Also for a call without a deadline, where grpcio's
# time_remaining() is 9e18 and not None, which as a timeout overflows: the call fails before it is sent.
LONGEST_SECONDS = 5


class RiskService(risk_pb2_grpc.RiskServiceServicer):
    """Values positions at the figures of analytics."""

    def __init__(self, analytics: grpc.Channel):
        self._analytics = analytics_pb2_grpc.AnalyticsServiceStub(analytics)

    def AssessPosition(self, request, context):
        if not math.isfinite(request.quantity):
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, "quantity: must be a finite number")
        try:
            summary = self._analytics.GetAssetSummary(
                analytics_pb2.GetAssetSummaryRequest(asset_symbol=request.asset_symbol),
                timeout=min(context.time_remaining(), LONGEST_SECONDS),
            ).summary
        except grpc.RpcError as error:
            context.abort(error.code(), f"analytics: {error.details()}")
        worst = summary.low if request.quantity >= 0 else summary.high
        return risk_pb2.AssessPositionResponse(
            market_value=request.quantity * summary.last,
            value_at_risk=request.quantity * (summary.last - worst),
            served_by="python behind a sidecar",
        )


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--listen", default="127.0.0.1:9103", help="where to serve gRPC")
    arguments.add_argument(
        "--analytics", default="127.0.0.1:9193", help="where the sidecar takes calls for analytics"
    )
    options = arguments.parse_args()
    with grpc.insecure_channel(options.analytics) as analytics:
        server = grpc.server(futures.ThreadPoolExecutor(max_workers=16))
        risk_pb2_grpc.add_RiskServiceServicer_to_server(RiskService(analytics), server)
        name = risk_pb2.DESCRIPTOR.services_by_name["RiskService"].full_name
        reflection.enable_server_reflection((name, reflection.SERVICE_NAME), server)
        server.add_insecure_port(options.listen)
        server.start()
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_: server.stop(grace=5))
        server.wait_for_termination()


if __name__ == "__main__":
    main()
