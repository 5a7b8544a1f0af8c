package dev.ratelab.limiter.redis;

import io.lettuce.core.resource.NettyCustomizer;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import java.net.InetSocketAddress;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Predicate;

/** The connections below Lettuce, to end those that are open but of no use. Lettuce then connects again at once. */
final class LettuceLines implements NettyCustomizer {
  /** How many calls in a row make a connection suspect, and after how long fewer of them do. */
  private static final int ROW = 3;

  private static final long ROW_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

  private final Set<Line> lines = ConcurrentHashMap.newKeySet();

  @Override
  public void afterChannelInitialized(Channel channel) {
    channel.pipeline().addFirst(new Line(channel));
  }

  /** Ends those to a server that is the wrong one, unless they are new. */
  void leave(Predicate<InetSocketAddress> server) {
    long now = System.nanoTime();
    lines.stream()
        .filter(line -> now - line.opened >= WrongServer.PATIENCE.toNanos())
        .filter(line -> line.channel.remoteAddress() instanceof InetSocketAddress address
            && server.test(address))
        .forEach(Line::end);
  }

  /**
   * A call missed its deadline. The kernel of a peer that hangs still acknowledges, so only an answer on another connection
   * tells a silent one from a slow server.
   *
   * @param sent when it was sent, of {@link System#nanoTime()}
   * @param probe connects to a server and asks something
   */
  void missed(long sent, Function<InetSocketAddress, CompletionStage<?>> probe) {
    for (Line line : lines) {
      if (line.silentSince(sent) && line.suspect(sent)) {
        line.probe(sent, probe);
      }
    }
  }

  private final class Line extends ChannelDuplexHandler {
    private final Channel channel;
    private final AtomicBoolean probing = new AtomicBoolean();
    private final AtomicInteger missed = new AtomicInteger();
    private volatile long firstMissed;
    private volatile long opened;
    private volatile long read;
    private volatile long written;

    Line(Channel channel) {
      this.channel = channel;
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
      opened = System.nanoTime();
      read = opened;
      written = opened;
      lines.add(this);
      context.fireChannelActive();
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
      lines.remove(this);
      context.fireChannelInactive();
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object bytes) {
      read = System.nanoTime();
      missed.setPlain(0);
      context.fireChannelRead(bytes);
    }

    @Override
    public void write(ChannelHandlerContext context, Object bytes, ChannelPromise promise) {
      written = System.nanoTime();
      var unused = context.write(bytes, promise);
    }

    boolean silentSince(long sent) {
      return written - sent >= 0 && read - sent < 0;
    }

    boolean suspect(long sent) {
      int row = missed.incrementAndGet();
      if (row == 1) {
        firstMissed = sent;
      }
      return row >= ROW || System.nanoTime() - firstMissed >= ROW_NANOS;
    }

    void probe(long sent, Function<InetSocketAddress, CompletionStage<?>> probe) {
      if (channel.remoteAddress() instanceof InetSocketAddress address
          && probing.compareAndSet(false, true)) {
        var unused = probe.apply(address).whenComplete((answer, failure) -> {
          probing.set(false);
          if (failure == null && silentSince(sent)) {
            end();
          }
        });
      }
    }

    void end() {
      var unused = channel.close();
    }
  }
}
