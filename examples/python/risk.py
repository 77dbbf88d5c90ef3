"""An ordinary grpcio program that serves and calls over xDS.

It has no library of Weft's: `weft exec` names the xDS bootstrap and the certificates in its environment.
"""

import argparse
import math
import os
import pathlib
import signal
import sys
from concurrent import futures

import grpc
import grpc_csds
from grpc_reflection.v1alpha import reflection

# Where build.py puts the code generated from the contracts.
sys.path.insert(0, str(pathlib.Path(__file__).parent / "gen"))

from examples.v1 import risk_pb2, risk_pb2_grpc  # noqa: E402
from market.v1 import analytics_pb2, analytics_pb2_grpc  # noqa: E402

# As the contract has it: what AssessPosition may take. Also for a call without a deadline, where grpcio's
# time_remaining() is 9e18 and not None, which as a timeout overflows: the call fails before it is sent.
LONGEST_SECONDS = 5

# By which operators may choose a version; it goes on to the next service.
VERSION_HEADER = "x-version"


class RiskService(risk_pb2_grpc.RiskServiceServicer):
    """Values positions at the figures of analytics."""

    def __init__(self, analytics: grpc.Channel, served_by: str):
        self._analytics = analytics_pb2_grpc.AnalyticsServiceStub(analytics)
        self._served_by = served_by

    def AssessPosition(self, request, context):
        if not math.isfinite(request.quantity):
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, "quantity: must be a finite number")
        headers = [one for one in context.invocation_metadata() if one.key == VERSION_HEADER]
        try:
            # What is left of the caller's time is all that analytics gets.
            summary = self._analytics.GetAssetSummary(
                analytics_pb2.GetAssetSummaryRequest(asset_symbol=request.asset_symbol),
                timeout=min(context.time_remaining(), LONGEST_SECONDS),
                metadata=headers,
            ).summary
        except grpc.RpcError as error:
            context.abort(error.code(), f"analytics: {error.details()}")
        worst = summary.low if request.quantity >= 0 else summary.high
        return risk_pb2.AssessPositionResponse(
            market_value=request.quantity * summary.last,
            value_at_risk=request.quantity * (summary.last - worst),
            served_by=self._served_by,
        )


# Lets the mesh's callers ping every two seconds, by which they notice a peer that is frozen. Without it gRPC closes the
# connection after some of them, with the calls that are under way.
ALLOW_PINGS = [("grpc.http2.min_ping_interval_without_data_ms", 1000)]


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--listen", default="0.0.0.0:9102", help="where to serve gRPC")
    arguments.add_argument("--version", default="v1", help="told to callers")
    arguments.add_argument("--admin", help="where to tell what has come over xDS (CSDS), such as 127.0.0.1:9112")
    options = arguments.parse_args()

    # Fallbacks are for a control plane that sends no TLS configuration, which Weft's always does: with them every handshake
    # fails, of the caller because the only root is its own certificate, of the server because nobody has one of that root.
    certificate, key = (pathlib.Path(os.environ["WEFT_IDENTITY"], name).read_bytes() for name in ("cert.pem", "key.pem"))
    caller = grpc.xds_channel_credentials(grpc.ssl_channel_credentials(certificate))
    server_credentials = grpc.xds_server_credentials(
        grpc.ssl_server_credentials([(key, certificate)], certificate, require_client_auth=True)
    )
    with grpc.secure_channel("xds:///analytics", caller) as analytics:
        server = grpc.server(futures.ThreadPoolExecutor(max_workers=16), options=ALLOW_PINGS, xds=True)
        service = RiskService(analytics, f"python {options.version}")
        risk_pb2_grpc.add_RiskServiceServicer_to_server(service, server)
        name = risk_pb2.DESCRIPTOR.services_by_name["RiskService"].full_name
        reflection.enable_server_reflection((name, reflection.SERVICE_NAME), server)
        server.add_secure_port(options.listen, server_credentials)
        server.start()
        if options.admin:
            # For operators, without TLS: on this machine only.
            admin = grpc.server(futures.ThreadPoolExecutor(max_workers=1))
            grpc_csds.add_csds_servicer(admin)
            admin.add_insecure_port(options.admin)
            admin.start()

        def stop(*_):
            # New calls are refused from here on; those under way may end.
            server.stop(grace=5)

        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)
        server.wait_for_termination()


if __name__ == "__main__":
    main()
