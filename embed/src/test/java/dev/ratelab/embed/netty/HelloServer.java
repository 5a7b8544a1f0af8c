package dev.ratelab.embed.netty;

import dev.ratelab.embed.RequestLimiter;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
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
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpVersion;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A server that says which path it was asked for, later and on another thread than it was asked. */
final class HelloServer implements AutoCloseable {
  private static final Pattern RESPONSE =
      Pattern.compile("HTTP/1.1 (\\d+).*?\\r\\n\\r\\n(?:path (\\S+);)?", Pattern.DOTALL);

  private final EventLoopGroup loops;
  private final Channel listener;

  private HelloServer(EventLoopGroup loops, Channel listener) {
    this.loops = loops;
    this.listener = listener;
  }

  static HelloServer start(RequestLimiter<Incoming> limiter) {
    EventLoopGroup loops = new MultiThreadIoEventLoopGroup(2, NioIoHandler.newFactory());
    Channel listener = new ServerBootstrap()
        .group(loops)
        .channel(NioServerSocketChannel.class)
        .childHandler(new ChannelInitializer<>() {
          @Override
          protected void initChannel(Channel channel) {
            channel
                .pipeline()
                .addLast(new HttpServerCodec())
                .addLast(new RateLimitHandler(limiter))
                .addLast(new HttpObjectAggregator(1_024))
                .addLast(new Hello(loops));
          }
        })
        .bind(InetAddress.getLoopbackAddress(), 0)
        .syncUninterruptibly()
        .channel();
    return new HelloServer(loops, listener);
  }

  /** Sends all requests at once; the status of each response, and the path where it was answered. */
  List<String> pipelined(String... paths) throws IOException {
    StringBuilder requests = new StringBuilder();
    for (int i = 0; i < paths.length; i++) {
      requests
          .append("GET %s HTTP/1.1\r\nHost: localhost\r\n".formatted(paths[i]))
          .append(i == paths.length - 1 ? "Connection: close\r\n\r\n" : "\r\n");
    }
    int port = ((InetSocketAddress) listener.localAddress()).getPort();
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.getOutputStream().write(requests.toString().getBytes(StandardCharsets.US_ASCII));
      String all = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
      List<String> seen = new ArrayList<>();
      Matcher response = RESPONSE.matcher(all);
      while (response.find()) {
        seen.add(
            response.group(2) == null
                ? response.group(1)
                : response.group(1) + " " + response.group(2));
      }
      return seen;
    }
  }

  @Override
  public void close() {
    listener.close().syncUninterruptibly();
    loops.shutdownGracefully().syncUninterruptibly();
  }

  private static final class Hello extends SimpleChannelInboundHandler<FullHttpRequest> {
    private final EventLoopGroup others;

    Hello(EventLoopGroup others) {
      this.others = others;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, FullHttpRequest request) {
      byte[] body = ("path " + request.uri() + ";").getBytes(StandardCharsets.US_ASCII);
      boolean last = request.headers().contains("Connection");
      others.next().execute(() -> {
        FullHttpResponse response = new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1, HttpResponseStatus.OK, Unpooled.wrappedBuffer(body));
        response.headers().set("Content-Length", body.length);
        var written = ctx.writeAndFlush(response);
        if (last) {
          var unused = written.addListener(ChannelFutureListener.CLOSE);
        }
      });
    }
  }
}
