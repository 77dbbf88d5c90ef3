package main

import (
	"context"
	"math"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	examplesv1 "example.com/risk/gen/examples/v1"
	marketv1 "example.com/risk/gen/market/v1"
)

// versionHeader is that by which operators may choose a version; it goes on to the next service.
const versionHeader = "x-version"

// riskServer values positions at the figures of analytics.
type riskServer struct {
	examplesv1.UnimplementedRiskServiceServer
	analytics marketv1.AnalyticsServiceClient
	servedBy  string
}

// AssessPosition calls analytics with the context of its own call, so the deadline and a cancellation are passed on.
func (s *riskServer) AssessPosition(
	ctx context.Context, request *examplesv1.AssessPositionRequest,
) (*examplesv1.AssessPositionResponse, error) {
	quantity := request.GetQuantity()
	if math.IsNaN(quantity) || math.IsInf(quantity, 0) {
		return nil, status.Error(codes.InvalidArgument, "quantity: must be a finite number")
	}
	for _, version := range metadata.ValueFromIncomingContext(ctx, versionHeader) {
		ctx = metadata.AppendToOutgoingContext(ctx, versionHeader, version)
	}
	answer, err := s.analytics.GetAssetSummary(
		ctx, &marketv1.GetAssetSummaryRequest{AssetSymbol: request.GetAssetSymbol()},
	)
	if err != nil {
		failure := status.Convert(err)
		return nil, status.Errorf(failure.Code(), "analytics: %s", failure.Message())
	}
	summary := answer.GetSummary()
	worst := summary.GetLow()
	if quantity < 0 {
		worst = summary.GetHigh()
	}
	return &examplesv1.AssessPositionResponse{
		MarketValue: quantity * summary.GetLast(),
		ValueAtRisk: quantity * (summary.GetLast() - worst),
		ServedBy:    s.servedBy,
	}, nil
}
