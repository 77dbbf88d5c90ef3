package example.risk;

import com.examples.v1.AssessPositionRequest;
import com.examples.v1.AssessPositionResponse;
import com.examples.v1.RiskServiceGrpc;
import com.market.v1.AnalyticsServiceGrpc.AnalyticsServiceBlockingStub;
import com.market.v1.AssetSummary;
import com.market.v1.GetAssetSummaryRequest;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;

/** Values positions at the figures of analytics. */
final class RiskService extends RiskServiceGrpc.RiskServiceImplBase {
  private final AnalyticsServiceBlockingStub analytics;
  private final String servedBy;

  RiskService(AnalyticsServiceBlockingStub analytics, String servedBy) {
    this.analytics = analytics.withInterceptors(new VersionHeader());
    this.servedBy = servedBy;
  }

  /** Calls analytics in the context of its own call, so the deadline and a cancellation are passed on. */
  @Override
  public void assessPosition(
      AssessPositionRequest request, StreamObserver<AssessPositionResponse> answer) {
    double quantity = request.getQuantity();
    if (!Double.isFinite(quantity)) {
      fail(answer, Status.INVALID_ARGUMENT.withDescription("quantity: must be a finite number"));
      return;
    }
    AssetSummary summary;
    try {
      summary =
          analytics
              .getAssetSummary(
                  GetAssetSummaryRequest.newBuilder()
                      .setAssetSymbol(request.getAssetSymbol())
                      .build())
              .getSummary();
    } catch (StatusRuntimeException failure) {
      Status status = failure.getStatus();
      fail(
          answer,
          status.getCode().toStatus().withDescription("analytics: " + status.getDescription()));
      return;
    }
    double worst = quantity < 0 ? summary.getHigh() : summary.getLow();
    answer.onNext(
        AssessPositionResponse.newBuilder()
            .setMarketValue(quantity * summary.getLast())
            .setValueAtRisk(quantity * (summary.getLast() - worst))
            .setServedBy(servedBy)
            .build());
    answer.onCompleted();
  }

  private static void fail(StreamObserver<?> answer, Status status) {
    answer.onError(status.asRuntimeException());
  }
}
