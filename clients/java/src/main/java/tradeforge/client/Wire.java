package tradeforge.client;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.ForwardingClientCall.SimpleForwardingClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** The connection to one server, and what holds for each call over it. */
final class Wire {
  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

  final Address address;
  final ManagedChannel channel;
  final Channel calls;

  /** A token that is empty is none. A call that says nothing else is given up after the timeout. */
  Wire(Address address, ManagedChannel channel, String token, Duration timeout) {
    this.address = address;
    this.channel = channel;
    this.calls =
        io.grpc.ClientInterceptors.intercept(channel, new Bounded(timeout), new Showing(token));
  }

  /** Makes a call, with its error as one of this client. */
  <T> T call(Supplier<T> call) {
    try {
      return call.get();
    } catch (StatusRuntimeException error) {
      throw Details.read(error, address.toString());
    }
  }

  private record Bounded(Duration timeout) implements ClientInterceptor {
    @Override
    public <Q, A> ClientCall<Q, A> interceptCall(
        MethodDescriptor<Q, A> method, CallOptions options, Channel next) {
      boolean isBounded =
          options.getDeadline() != null || method.getType() != MethodDescriptor.MethodType.UNARY;
      CallOptions bounded =
          isBounded
              ? options
              : options.withDeadlineAfter(timeout.toMillis(), TimeUnit.MILLISECONDS);
      return next.newCall(method, bounded);
    }
  }

  private record Showing(String token) implements ClientInterceptor {
    @Override
    public <Q, A> ClientCall<Q, A> interceptCall(
        MethodDescriptor<Q, A> method, CallOptions options, Channel next) {
      ClientCall<Q, A> call = next.newCall(method, options);
      if (token.isEmpty()) {
        return call;
      }
      return new SimpleForwardingClientCall<>(call) {
        @Override
        public void start(Listener<A> listener, Metadata headers) {
          headers.put(AUTHORIZATION, "Bearer " + token);
          super.start(listener, headers);
        }
      };
    }

    @Override
    public String toString() {
      return "Showing"; // never the token
    }
  }
}
