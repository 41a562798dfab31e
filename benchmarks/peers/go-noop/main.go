// The unit of the benchmarks: what a call costs in Go that is answered "allowed" without a look at it. Listens on the Unix
// socket it is given and prints "ready".
package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"

	accesslog "github.com/envoyproxy/go-control-plane/envoy/service/accesslog/v3"
	auth "github.com/envoyproxy/go-control-plane/envoy/service/auth/v3"
	"google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	"google.golang.org/grpc/health/grpc_health_v1"
)

type authorization struct {
	auth.UnimplementedAuthorizationServer
}

func (authorization) Check(context.Context, *auth.CheckRequest) (*auth.CheckResponse, error) {
	return &auth.CheckResponse{
		Status:       &status.Status{},
		HttpResponse: &auth.CheckResponse_OkResponse{OkResponse: &auth.OkHttpResponse{}},
	}, nil
}

type accessLog struct {
	accesslog.UnimplementedAccessLogServiceServer
}

func (accessLog) StreamAccessLogs(stream accesslog.AccessLogService_StreamAccessLogsServer) error {
	for {
		if _, err := stream.Recv(); err == io.EOF {
			return stream.SendAndClose(&accesslog.StreamAccessLogsResponse{})
		} else if err != nil {
			return err
		}
	}
}

func main() {
	listener, err := net.Listen("unix", os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	server := grpc.NewServer()
	auth.RegisterAuthorizationServer(server, authorization{})
	accesslog.RegisterAccessLogServiceServer(server, accessLog{})
	grpc_health_v1.RegisterHealthServer(server, health.NewServer())
	fmt.Println("ready")
	if err := server.Serve(listener); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
