// Prints test/envoy/descriptors.json: fields, enums and methods of what proto/ has a part of, from the descriptors that the
// published Go modules carry. To be run again when proto/ gets a new message or Envoy a new version:
//
//	cd test/envoy/descriptors && go run . > ../descriptors.json
package main

import (
	"encoding/json"
	"os"
	"runtime/debug"

	_ "github.com/envoyproxy/go-control-plane/envoy/service/accesslog/v3"
	_ "github.com/envoyproxy/go-control-plane/envoy/service/auth/v3"
	_ "github.com/envoyproxy/go-control-plane/envoy/service/ext_proc/v3"
	_ "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
)

var names = []string{
	"envoy.service.auth.v3.Authorization",
	"envoy.service.auth.v3.CheckRequest",
	"envoy.service.auth.v3.CheckResponse",
	"envoy.service.auth.v3.DeniedHttpResponse",
	"envoy.service.auth.v3.OkHttpResponse",
	"envoy.service.auth.v3.AttributeContext",
	"envoy.service.auth.v3.AttributeContext.Peer",
	"envoy.service.auth.v3.AttributeContext.Request",
	"envoy.service.auth.v3.AttributeContext.HttpRequest",
	"envoy.service.auth.v3.AttributeContext.TLSSession",
	"envoy.config.core.v3.Address",
	"envoy.config.core.v3.SocketAddress",
	"envoy.config.core.v3.Pipe",
	"envoy.config.core.v3.EnvoyInternalAddress",
	"envoy.config.core.v3.HeaderMap",
	"envoy.config.core.v3.HeaderValue",
	"envoy.config.core.v3.HeaderValueOption",
	"envoy.config.core.v3.HeaderValueOption.HeaderAppendAction",
	"envoy.config.core.v3.Metadata",
	"envoy.service.ext_proc.v3.ExternalProcessor",
	"envoy.service.ext_proc.v3.ProtocolConfiguration",
	"envoy.service.ext_proc.v3.ProcessingRequest",
	"envoy.service.ext_proc.v3.HttpHeaders",
	"envoy.service.ext_proc.v3.HttpBody",
	"envoy.service.ext_proc.v3.HttpTrailers",
	"envoy.service.ext_proc.v3.ProcessingResponse",
	"envoy.service.ext_proc.v3.HeadersResponse",
	"envoy.service.ext_proc.v3.BodyResponse",
	"envoy.service.ext_proc.v3.TrailersResponse",
	"envoy.service.ext_proc.v3.CommonResponse",
	"envoy.service.ext_proc.v3.CommonResponse.ResponseStatus",
	"envoy.service.ext_proc.v3.ImmediateResponse",
	"envoy.service.ext_proc.v3.HeaderMutation",
	"envoy.service.ext_proc.v3.StreamedBodyResponse",
	"envoy.service.ext_proc.v3.BodyMutation",
	"envoy.extensions.filters.http.ext_proc.v3.ProcessingMode",
	"envoy.extensions.filters.http.ext_proc.v3.ProcessingMode.HeaderSendMode",
	"envoy.extensions.filters.http.ext_proc.v3.ProcessingMode.BodySendMode",
	"envoy.service.accesslog.v3.AccessLogService",
	"envoy.service.accesslog.v3.StreamAccessLogsResponse",
	"envoy.service.accesslog.v3.StreamAccessLogsMessage",
	"envoy.service.accesslog.v3.StreamAccessLogsMessage.HTTPAccessLogEntries",
	"envoy.service.accesslog.v3.StreamAccessLogsMessage.TCPAccessLogEntries",
	"envoy.data.accesslog.v3.HTTPAccessLogEntry",
	"envoy.data.accesslog.v3.AccessLogCommon",
	"envoy.data.accesslog.v3.AccessLogType",
	"envoy.data.accesslog.v3.ResponseFlags",
	"envoy.data.accesslog.v3.ResponseFlags.Unauthorized",
	"envoy.data.accesslog.v3.HTTPRequestProperties",
	"envoy.data.accesslog.v3.HTTPResponseProperties",
	"envoy.type.v3.HttpStatus",
	"envoy.type.v3.StatusCode",
	"google.rpc.Status",
	"google.protobuf.Struct",
	"google.protobuf.Value",
	"google.protobuf.ListValue",
	"google.protobuf.NullValue",
	"google.protobuf.Duration",
	"google.protobuf.UInt32Value",
	"grpc.health.v1.Health",
	"grpc.health.v1.HealthCheckRequest",
	"grpc.health.v1.HealthCheckResponse",
	"grpc.health.v1.HealthCheckResponse.ServingStatus",
}

type field struct {
	Number int    `json:"number"`
	Type   string `json:"type"`
	Label  string `json:"label"`
	Of     string `json:"of,omitempty"`
	Oneof  string `json:"oneof,omitempty"`
}

func main() {
	messages := map[string]map[string]field{}
	enums := map[string]map[string]int{}
	services := map[string]map[string][2]string{}
	for _, name := range names {
		found, err := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName(name))
		if err != nil {
			panic(name + ": " + err.Error())
		}
		switch d := found.(type) {
		case protoreflect.MessageDescriptor:
			fields := map[string]field{}
			for i := 0; i < d.Fields().Len(); i++ {
				f := d.Fields().Get(i)
				one := field{Number: int(f.Number()), Type: f.Kind().String(), Label: f.Cardinality().String()}
				if f.IsMap() {
					one.Label = "map"
					one.Type = f.MapKey().Kind().String() + "," + f.MapValue().Kind().String()
					if f.MapValue().Message() != nil {
						one.Of = string(f.MapValue().Message().FullName())
					}
				} else if f.Message() != nil {
					one.Of = string(f.Message().FullName())
				} else if f.Enum() != nil {
					one.Of = string(f.Enum().FullName())
				}
				if o := f.ContainingOneof(); o != nil {
					one.Oneof = string(o.Name())
				}
				fields[string(f.Name())] = one
			}
			messages[name] = fields
		case protoreflect.EnumDescriptor:
			values := map[string]int{}
			for i := 0; i < d.Values().Len(); i++ {
				values[string(d.Values().Get(i).Name())] = int(d.Values().Get(i).Number())
			}
			enums[name] = values
		case protoreflect.ServiceDescriptor:
			methods := map[string][2]string{}
			for i := 0; i < d.Methods().Len(); i++ {
				m := d.Methods().Get(i)
				input, output := string(m.Input().FullName()), string(m.Output().FullName())
				if m.IsStreamingClient() {
					input = "stream " + input
				}
				if m.IsStreamingServer() {
					output = "stream " + output
				}
				methods[string(m.Name())] = [2]string{input, output}
			}
			services[name] = methods
		}
	}
	from := map[string]string{}
	info, _ := debug.ReadBuildInfo()
	for _, dep := range info.Deps {
		switch dep.Path {
		case "github.com/envoyproxy/go-control-plane/envoy", "google.golang.org/grpc", "google.golang.org/protobuf", "google.golang.org/genproto/googleapis/rpc":
			from[dep.Path] = dep.Version
		}
	}
	out := json.NewEncoder(os.Stdout)
	out.SetIndent("", "  ")
	_ = out.Encode(map[string]any{"from": from, "messages": messages, "enums": enums, "services": services})
}
