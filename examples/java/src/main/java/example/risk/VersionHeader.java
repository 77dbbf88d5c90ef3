package example.risk;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.ForwardingClientCall.SimpleForwardingClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;

/** Passes the header by which operators may choose a version on to the calls that are made while serving. */
final class VersionHeader implements ServerInterceptor, ClientInterceptor {
  private static final Metadata.Key<String> HEADER =
      Metadata.Key.of("x-version", Metadata.ASCII_STRING_MARSHALLER);
  private static final Context.Key<String> VERSION = Context.key("version");

  @Override
  public <Q, A> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
    Context context = Context.current().withValue(VERSION, headers.get(HEADER));
    return Contexts.interceptCall(context, call, headers, next);
  }

  @Override
  public <Q, A> ClientCall<Q, A> interceptCall(
      MethodDescriptor<Q, A> method, CallOptions options, Channel next) {
    String version = VERSION.get();
    return new SimpleForwardingClientCall<>(next.newCall(method, options)) {
      @Override
      public void start(Listener<A> listener, Metadata headers) {
        if (version != null) headers.put(HEADER, version);
        super.start(listener, headers);
      }
    };
  }
}
