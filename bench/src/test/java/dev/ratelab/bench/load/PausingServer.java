package dev.ratelab.bench.load;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/** An HTTP server of one thread that does with each request what a test says; the requests are numbered from 0. */
final class PausingServer implements AutoCloseable {
  /** What is answered when a request has come: nothing, one answer, or those of earlier ones with it. */
  @FunctionalInterface
  interface Behaviour {
    List<FullHttpResponse> answers(int number, FullHttpRequest request);
  }

  private final EventLoopGroup loop = new MultiThreadIoEventLoopGroup(
      1, new DefaultThreadFactory("pausing-server", true), NioIoHandler.newFactory());
  private final AtomicInteger requests = new AtomicInteger();
  private final AtomicInteger connections = new AtomicInteger();
  private final Channel listener;

  PausingServer(Behaviour behaviour) {
    listener = new ServerBootstrap()
        .group(loop)
        .channel(NioServerSocketChannel.class)
        .childHandler(new ChannelInitializer<>() {
          @Override
          protected void initChannel(Channel channel) {
            connections.incrementAndGet();
            channel
                .pipeline()
                .addLast(new HttpServerCodec())
                .addLast(new HttpObjectAggregator(1 << 16))
                .addLast(new Handler(behaviour));
          }
        })
        .bind("127.0.0.1", 0)
        .syncUninterruptibly()
        .channel();
  }

  /** Holds the thread, and with it the whole server. */
  static void pause(long nanos) {
    long end = System.nanoTime() + nanos;
    for (long left = nanos; left > 0; left = end - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
  }

  static List<FullHttpResponse> status(int status) {
    return answer(status, "");
  }

  static List<FullHttpResponse> json(String body) {
    return answer(200, body);
  }

  private static List<FullHttpResponse> answer(int status, String body) {
    FullHttpResponse response = new DefaultFullHttpResponse(
        HttpVersion.HTTP_1_1,
        HttpResponseStatus.valueOf(status),
        Unpooled.copiedBuffer(body, StandardCharsets.US_ASCII));
    response.headers().set(HttpHeaderNames.CONTENT_LENGTH, body.length());
    return List.of(response);
  }

  URI uri() {
    int port = ((InetSocketAddress) listener.localAddress()).getPort();
    return URI.create("http://127.0.0.1:%d/check".formatted(port));
  }

  int connections() {
    return connections.get();
  }

  @Override
  public void close() {
    listener.close().awaitUninterruptibly();
    loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
  }

  // What becomes of a write is seen by the client.
  @SuppressWarnings("FutureReturnValueIgnored")
  private final class Handler extends SimpleChannelInboundHandler<FullHttpRequest> {
    private final Behaviour behaviour;

    Handler(Behaviour behaviour) {
      this.behaviour = behaviour;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
      for (FullHttpResponse response : behaviour.answers(requests.getAndIncrement(), request)) {
        context.writeAndFlush(response);
        if (!HttpUtil.isKeepAlive(response)) {
          context.close();
        }
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      context.close();
    }
  }
}
