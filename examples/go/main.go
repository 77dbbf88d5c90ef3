// An ordinary grpc-go program that serves and calls over xDS. It has no library of Weft's: `weft exec` names
// the xDS bootstrap and the certificates in its environment.
package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"flag"
	"log"
	"net"
	"os"
	"os/signal"
	"syscall"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/admin"
	"google.golang.org/grpc/credentials"
	xdscreds "google.golang.org/grpc/credentials/xds"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/reflection"
	"google.golang.org/grpc/xds"

	examplesv1 "example.com/risk/gen/examples/v1"
	marketv1 "example.com/risk/gen/market/v1"
)

// trustNobody is what to fall back on where the control plane sends no TLS configuration, which Weft's always does: with no
// roots and no certificate every handshake fails.
var trustNobody = credentials.NewTLS(&tls.Config{RootCAs: x509.NewCertPool()})

// allowPings lets the mesh's callers ping every two seconds, by which they notice a peer that is frozen. Without it gRPC closes
// the connection after some of them, with the calls that are under way.
var allowPings = keepalive.EnforcementPolicy{MinTime: time.Second}

func main() {
	listen := flag.String("listen", ":9101", "where to serve gRPC")
	version := flag.String("version", "v1", "told to callers")
	adminAddress := flag.String("admin", "", "where to tell what has come over xDS (CSDS), such as 127.0.0.1:9111")
	flag.Parse()
	if err := run(*listen, *version, *adminAddress); err != nil {
		log.Fatal(err)
	}
}

func run(listen, version, adminAddress string) error {
	callerCreds, err := xdscreds.NewClientCredentials(xdscreds.ClientOptions{FallbackCreds: trustNobody})
	if err != nil {
		return err
	}
	analytics, err := grpc.NewClient("xds:///analytics", grpc.WithTransportCredentials(callerCreds))
	if err != nil {
		return err
	}
	defer analytics.Close()

	serverCreds, err := xdscreds.NewServerCredentials(xdscreds.ServerOptions{FallbackCreds: trustNobody})
	if err != nil {
		return err
	}
	server, err := xds.NewGRPCServer(grpc.Creds(serverCreds), grpc.KeepaliveEnforcementPolicy(allowPings))
	if err != nil {
		return err
	}
	examplesv1.RegisterRiskServiceServer(server, &riskServer{
		analytics: marketv1.NewAnalyticsServiceClient(analytics),
		servedBy:  "go " + version,
	})
	reflection.Register(server)

	if adminAddress != "" {
		stopAdmin, err := serveAdmin(adminAddress)
		if err != nil {
			return err
		}
		defer stopAdmin()
	}

	listener, err := net.Listen("tcp", listen)
	if err != nil {
		return err
	}
	stop, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	go func() {
		<-stop.Done()
		server.GracefulStop()
	}()
	return server.Serve(listener)
}

// serveAdmin serves grpc-go's own services for operators, without TLS: on this machine only.
func serveAdmin(address string) (stop func(), err error) {
	server := grpc.NewServer()
	cleanup, err := admin.Register(server)
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		cleanup()
		return nil, err
	}
	go server.Serve(listener)
	return func() {
		server.Stop()
		cleanup()
	}, nil
}
