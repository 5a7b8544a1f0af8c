package dev.ratelab.server;

import dev.ratelab.limiter.PolicyLimiter;
import dev.ratelab.limiter.PolicySet;
import dev.ratelab.limiter.RateLimiter;
import dev.ratelab.server.telemetry.Dropped;
import dev.ratelab.server.telemetry.Telemetry;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Answers {@code POST /check} and {@code POST /check/batch} over HTTP/1.1, with or without TLS, with the decisions of any limiter, and the questions
 * after its health: {@code /health} whether the backend answers, {@code /health/live} whether this process does, {@code
 * /health/ready} whether to send requests here. With telemetry there are {@code /metrics} and a live page at {@code /}, too. Keeps
 * connections alive and takes pipelined requests.
 *
 * <p>Decisions are asked for with {@link PolicyLimiter#checkAsync} or {@link RateLimiter#checkAsync}, on the threads that
 * serve all connections: one that blocks there, against its contract, blocks others.
 */
public final class CheckServer implements AutoCloseable {
  // Of its own: on a loop that also serves busy connections, under load, accepting was seen to stop
  // for seconds.
  private final EventLoopGroup acceptor;
  private final EventLoopGroup loops;
  private final Channel listener;
  private final ChannelGroup connections;
  private final ServerOptions options;
  private final Resources resources;
  private final AtomicBoolean closed = new AtomicBoolean();

  private CheckServer(
      EventLoopGroup acceptor,
      EventLoopGroup loops,
      Channel listener,
      ChannelGroup connections,
      ServerOptions options,
      Resources resources) {
    this.acceptor = acceptor;
    this.loops = loops;
    this.listener = listener;
    this.connections = connections;
    this.options = options;
    this.resources = resources;
  }

  /**
   * Starts to serve. The limiter stays the caller's to close, after this server.
   *
   * @throws IOException if the address cannot be listened on; the message says which and why
   */
  public static CheckServer start(PolicyLimiter limiter, ServerOptions options) throws IOException {
    return start(Served.of(limiter), options, null);
  }

  /**
   * Starts to serve, and tells about it. Limiter and telemetry stay the caller's to close, after this server.
   *
   * @throws IOException if the address cannot be listened on; the message says which and why
   */
  public static CheckServer start(PolicyLimiter limiter, ServerOptions options, Telemetry telemetry)
      throws IOException {
    return start(Served.of(limiter), options, telemetry);
  }

  /**
   * Starts to serve several policies and tenants. The limiter stays the caller's to close, after this server.
   *
   * @throws IOException if the address cannot be listened on; the message says which and why
   */
  public static CheckServer start(PolicySet policies, RateLimiter limiter, ServerOptions options)
      throws IOException {
    return start(Served.of(policies, limiter), options, null);
  }

  static CheckServer start(Served served, ServerOptions options, @Nullable Telemetry telemetry)
      throws IOException {
    return start(() -> served, options, telemetry, null);
  }

  /** Starts to serve policies that may change. */
  static CheckServer start(
      Supplier<Served> policies,
      ServerOptions options,
      @Nullable Telemetry telemetry,
      @Nullable Admin admin)
      throws IOException {
    Resources resources = new Resources(policies, options, telemetry, admin);
    Transport transport = Transport.best();
    EventLoopGroup acceptor = new MultiThreadIoEventLoopGroup(
        1, new DefaultThreadFactory("ratelab-accept", true), transport.io());
    EventLoopGroup loops = new MultiThreadIoEventLoopGroup(
        Runtime.getRuntime().availableProcessors(),
        new DefaultThreadFactory("ratelab-http", true),
        transport.io());
    ChannelGroup connections = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
    ConnectionLimit limit = new ConnectionLimit(options.limits());
    RequestMemory memory = RequestMemory.ofHeap();
    ChannelFuture bound = new ServerBootstrap()
        .group(acceptor, loops)
        .channel(transport.listener())
        .option(ChannelOption.SO_REUSEADDR, true)
        // Who has sent all requests and shuts its side still gets the answers.
        .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
        .childHandler(new ChannelInitializer<>() {
          @Override
          protected void initChannel(Channel channel) {
            Dropped refusal = limit.refusal(channel);
            if (refusal == Dropped.TOO_MANY) {
              limit.spare(channel);
            }
            if (refusal == null || refusal == Dropped.TOO_MANY) {
              Pipeline.open(channel, resources, options, memory);
              connections.add(channel);
            } else {
              Pipeline.refuse(channel, resources, refusal, options.tls() != null);
            }
          }
        })
        .bind(options.host(), options.port())
        .awaitUninterruptibly();
    if (!bound.isSuccess()) {
      shutdown(acceptor);
      shutdown(loops);
      throw new IOException(
          "cannot listen on %s:%s: %s"
              .formatted(options.host(), options.port(), reason(bound.cause())),
          bound.cause());
    }
    if (telemetry != null) {
      telemetry.observeConnections(connections::size);
    }
    return new CheckServer(acceptor, loops, bound.channel(), connections, options, resources);
  }

  /** The port that is listened on. */
  public int port() {
    return ((InetSocketAddress) listener.localAddress()).getPort();
  }

  /** From now on {@code GET /health/ready} says no, so that no more requests are sent here. All else goes on. */
  public void retire() {
    resources.retire();
  }

  /**
   * Accepts no more connections, answers every request that was read, and closes. Waits for that at most the options' grace
   * beyond the longest deadline of the policies, so that no decision that was asked for in time is cut off; what is unanswered by
   * then is.
   */
  @Override
  public void close() {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    resources.retire();
    listener.close().awaitUninterruptibly();
    // Connections accepted just before are set up by tasks that wait on the loops by now.
    for (EventExecutor loop : loops) {
      loop.submit(() -> {}).awaitUninterruptibly();
    }
    resources.endStreams();
    for (Channel connection : connections) {
      Drain.tell(connection);
    }
    connections
        .newCloseFuture()
        .awaitUninterruptibly(
            options.grace().plus(resources.longestDeadline()).toMillis(), TimeUnit.MILLISECONDS);
    connections.forEach(Pipeline::cut);
    connections.newCloseFuture().awaitUninterruptibly();
    shutdown(acceptor);
    shutdown(loops);
  }

  private static void shutdown(EventLoopGroup loops) {
    loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
  }

  private static String reason(Throwable cause) {
    String message = cause.getMessage();
    if (message == null) {
      return cause.getClass().getSimpleName();
    }
    // The native transport puts the name of the system call in front.
    return message.replaceFirst("^\\w+\\(\\.\\.\\) failed( with error\\(-\\d+\\))?: ", "");
  }
}
