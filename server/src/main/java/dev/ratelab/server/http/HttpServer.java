package dev.ratelab.server.http;

import dev.ratelab.limiter.FailureCause;
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
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/** Listens, and has each connection answered, over HTTP/1.1, with or without TLS. */
public final class HttpServer {
  // Of its own: on a loop that also serves busy connections, under load, accepting was seen to stop
  // for seconds.
  private final EventLoopGroup acceptor;
  private final EventLoopGroup loops;
  private final Channel listener;
  private final ChannelGroup connections;
  private final Duration grace;

  private HttpServer(
      EventLoopGroup acceptor,
      EventLoopGroup loops,
      Channel listener,
      ChannelGroup connections,
      Duration grace) {
    this.acceptor = acceptor;
    this.loops = loops;
    this.listener = listener;
    this.connections = connections;
    this.grace = grace;
  }

  /** Starts to listen. What answers the calls never blocks or completes exceptionally. The exception says which address failed and why. */
  public static HttpServer start(
      Function<HttpCall, CompletionStage<Response>> answers,
      ServerOptions options,
      Telemetry telemetry)
      throws IOException {
    HttpService service = new HttpService(answers, telemetry);
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
              Pipeline.open(channel, service, options, memory);
              connections.add(channel);
            } else {
              Pipeline.refuse(channel, service, refusal, options.tls() != null);
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
    telemetry.observeConnections(connections::size);
    return new HttpServer(acceptor, loops, bound.channel(), connections, options.grace());
  }

  public int port() {
    return ((InetSocketAddress) listener.localAddress()).getPort();
  }

  /** Accepts no more connections, answers every request that was read, and closes, at most the options' grace after the longest answer. */
  public void close(Duration longest, Runnable endStreams) {
    listener.close().awaitUninterruptibly();
    // Connections accepted just before are set up by tasks that wait on the loops by now.
    for (EventExecutor loop : loops) {
      loop.submit(() -> {}).awaitUninterruptibly();
    }
    endStreams.run();
    for (Channel connection : connections) {
      connection.pipeline().fireUserEventTriggered(Connection.Notice.DRAIN);
    }
    connections
        .newCloseFuture()
        .awaitUninterruptibly(grace.plus(longest).toMillis(), TimeUnit.MILLISECONDS);
    connections.forEach(Pipeline::cut);
    connections.newCloseFuture().awaitUninterruptibly();
    shutdown(acceptor);
    shutdown(loops);
  }

  private static void shutdown(EventLoopGroup loops) {
    loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
  }

  private static String reason(Throwable cause) {
    // The native transport puts the name of the system call in front.
    return FailureCause.told(cause)
        .replaceFirst("^\\w+\\(\\.\\.\\) failed( with error\\(-\\d+\\))?: ", "");
  }
}
