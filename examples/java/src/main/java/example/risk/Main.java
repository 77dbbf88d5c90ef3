package example.risk;

import com.examples.v1.RiskServiceGrpc;
import com.market.v1.AnalyticsServiceGrpc;
import io.grpc.Grpc;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.TlsChannelCredentials;
import io.grpc.TlsServerCredentials;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.services.ProtoReflectionServiceV1;
import io.grpc.services.AdminInterface;
import io.grpc.xds.XdsChannelCredentials;
import io.grpc.xds.XdsServerBuilder;
import io.grpc.xds.XdsServerCredentials;
import java.io.File;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * An ordinary grpc-java program that serves and calls over xDS. It has no library of Weft's: {@code weft exec} names the
 * xDS bootstrap and the certificates in its environment.
 */
public final class Main {
  /** How long calls under way have when it is told to stop. */
  private static final long GRACE_SECONDS = 5;

  private static final Set<String> OPTIONS = Set.of("--port", "--version", "--admin");

  public static void main(String[] arguments) throws Exception {
    Map<String, String> options = optionsOf(arguments);
    File identity = new File(requireEnvironment("WEFT_IDENTITY"));
    ManagedChannel analytics =
        Grpc.newChannelBuilder("xds:///analytics", channelCredentials(identity)).build();
    RiskService risk =
        new RiskService(
            AnalyticsServiceGrpc.newBlockingStub(analytics),
            "java " + options.getOrDefault("--version", "v1"));
    int port = Integer.parseInt(options.getOrDefault("--port", "9103"));
    Server server =
        XdsServerBuilder.forPort(port, serverCredentials(identity))
            .addService(risk)
            .addService(ProtoReflectionServiceV1.newInstance())
            .intercept(new VersionHeader())
            // The mesh's callers ping every two seconds, by which they notice a peer that is frozen. Without it gRPC closes
            // the connection after some of them, with the calls that are under way.
            .permitKeepAliveTime(1, TimeUnit.SECONDS)
            .build()
            .start();
    startAdmin(options.get("--admin"));

    CountDownLatch isStopped = new CountDownLatch(1);
    Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(server, analytics, isStopped)));
    isStopped.await();
  }

  /**
   * The fallback is for a control plane that sends no TLS configuration, which Weft's always does: with it every handshake
   * fails, because the only root is the program's own certificate.
   */
  private static io.grpc.ChannelCredentials channelCredentials(File identity) throws IOException {
    return XdsChannelCredentials.create(
        TlsChannelCredentials.newBuilder().trustManager(new File(identity, "cert.pem")).build());
  }

  /** As the channel's: nobody has a certificate of the fallback's root. */
  private static io.grpc.ServerCredentials serverCredentials(File identity) throws IOException {
    File certificate = new File(identity, "cert.pem");
    return XdsServerCredentials.create(
        TlsServerCredentials.newBuilder()
            .keyManager(certificate, new File(identity, "key.pem"))
            .trustManager(certificate)
            .clientAuth(TlsServerCredentials.ClientAuth.REQUIRE)
            .build());
  }

  /** For operators, without TLS: on this machine only. It tells what has come over xDS (CSDS). */
  private static void startAdmin(String address) throws IOException {
    if (address == null) return;
    int colon = address.lastIndexOf(':');
    InetSocketAddress at =
        new InetSocketAddress(
            address.substring(0, colon), Integer.parseInt(address.substring(colon + 1)));
    NettyServerBuilder.forAddress(at)
        .addServices(AdminInterface.getStandardServices())
        .build()
        .start();
  }

  /** New calls are refused from here on; those under way may end. */
  private static void stop(Server server, ManagedChannel analytics, CountDownLatch isStopped) {
    server.shutdown();
    try {
      if (!server.awaitTermination(GRACE_SECONDS, TimeUnit.SECONDS)) server.shutdownNow();
    } catch (InterruptedException ignored) {
      server.shutdownNow();
    }
    analytics.shutdownNow();
    isStopped.countDown();
    // Java would exit with 143, as if the signal had ended it.
    Runtime.getRuntime().halt(0);
  }

  private static Map<String, String> optionsOf(String[] arguments) {
    Map<String, String> options = new HashMap<>();
    for (int at = 0; at < arguments.length; at += 2) {
      if (!OPTIONS.contains(arguments[at]) || at + 1 == arguments.length) {
        System.err.println("usage: risk [--port 9103] [--version v1] [--admin 127.0.0.1:9113]");
        System.exit(2);
      }
      options.put(arguments[at], arguments[at + 1]);
    }
    return options;
  }

  private static String requireEnvironment(String name) {
    String value = System.getenv(name);
    if (value != null) return value;
    System.err.println(name + " is not set: start the program with weft exec");
    System.exit(2);
    throw new AssertionError();
  }

  private Main() {}
}
