package dev.ratelab.verification.outage;

import dev.ratelab.limiter.redis.RedisAddress;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A network between clients and a server that can be made bad: a relay on a port of the loopback. Everything happens on one
 * thread, so that a seed decides which reply is hit.
 */
public final class FaultProxy implements AutoCloseable {
  /** What happens to a server's bytes on their way to the client. */
  private interface Weather {
    void reply(Relay relay, ByteBuf bytes);
  }

  private final MultiThreadIoEventLoopGroup loop =
      new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
  private final Set<Relay> relays = ConcurrentHashMap.newKeySet();
  private volatile RedisAddress server;
  private final Channel listening;
  private final AtomicLong cuts = new AtomicLong();
  private volatile Weather weather = Relay::pass;

  private FaultProxy(RedisAddress address) {
    server = address;
    listening = new ServerBootstrap()
        .group(loop)
        .channel(NioServerSocketChannel.class)
        .childOption(ChannelOption.AUTO_READ, false)
        .childOption(ChannelOption.TCP_NODELAY, true)
        .childHandler(new ChannelInitializer<Channel>() {
          @Override
          protected void initChannel(Channel client) {
            connect(client);
          }
        })
        .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
        .syncUninterruptibly()
        .channel();
  }

  /** A proxy in front of a server, which passes everything on until told otherwise. */
  public static FaultProxy before(RedisAddress server) {
    return new FaultProxy(server);
  }

  /** Where it answers. */
  public RedisAddress address() {
    InetSocketAddress address = (InetSocketAddress) listening.localAddress();
    return RedisAddress.of(address.getAddress().getHostAddress(), address.getPort());
  }

  /** Which server new connections lead to. */
  RedisAddress server() {
    return server;
  }

  /** From now on new connections lead to another server, as when a name's address changes. Those that there are stay. */
  void lead(RedisAddress other) {
    server = other;
  }

  void heal() {
    weather = Relay::pass;
  }

  /** Passes on half of every so manieth piece of a reply and then resets the connection. */
  void resetInMidReply(int every) {
    AtomicLong pieces = new AtomicLong();
    weather = (relay, bytes) -> {
      if (pieces.incrementAndGet() % every == 0) {
        cuts.incrementAndGet();
        relay.resetAfterHalf(bytes);
      } else {
        relay.pass(bytes);
      }
    };
  }

  long cuts() {
    return cuts.get();
  }

  /** Delays every piece of a reply, and a share of them much longer; those behind one on its connection wait for it. */
  public void slowDown(long millis, double stalls, long stallMillis, long seed) {
    Random random = new Random(seed);
    weather = (relay, bytes) ->
        relay.passAfter(bytes, random.nextDouble() < stalls ? stallMillis : millis);
  }

  /** Passes on so many bytes of replies a second on each connection, however many there are to pass on. */
  public void throttle(int bytesPerSecond) {
    weather = (relay, bytes) -> relay.passAfterOthers(
        bytes, bytes.readableBytes() * TimeUnit.SECONDS.toNanos(1) / bytesPerSecond);
  }

  /** From now on the peer of each connection that there is hears nothing and says nothing; new connections work. */
  void vanish() {
    relays.forEach(relay -> relay.vanished = true);
  }

  /** The peer of those connections is back and knows nothing of them. */
  void resetVanished() {
    relays.stream().filter(relay -> relay.vanished).forEach(Relay::reset);
  }

  @Override
  public void close() {
    loop.shutdownGracefully(0, 2, TimeUnit.SECONDS).syncUninterruptibly();
  }

  private void connect(Channel client) {
    Relay relay = new Relay(client);
    relays.add(relay);
    ChannelFuture connecting = new Bootstrap()
        .group(client.eventLoop())
        .channel(NioSocketChannel.class)
        .option(ChannelOption.TCP_NODELAY, true)
        .handler(relay.fromServer())
        .connect(server.host(), server.port());
    relay.server = connecting.channel();
    client.pipeline().addLast(relay.fromClient());
    connecting.addListener(connected -> {
      if (connected.isSuccess()) {
        client.config().setAutoRead(true);
      } else {
        relay.resetNow();
      }
    });
  }

  /** A client's connection and the one that continues it. */
  private final class Relay {
    private final Channel client;
    private Channel server;
    private final Queue<ByteBuf> held = new ArrayDeque<>();
    private long freeAt = System.nanoTime();
    private volatile boolean vanished;

    Relay(Channel client) {
      this.client = client;
      server = client;
    }

    ChannelInboundHandlerAdapter fromClient() {
      return new ChannelInboundHandlerAdapter() {
        @Override
        public void channelRead(ChannelHandlerContext context, Object bytes) {
          if (vanished) {
            ((ByteBuf) bytes).release();
          } else {
            var unused = server.writeAndFlush(bytes);
          }
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
          relays.remove(Relay.this);
          var unused = server.close();
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
          var unused = context.close();
        }
      };
    }

    ChannelInboundHandlerAdapter fromServer() {
      return new ChannelInboundHandlerAdapter() {
        @Override
        public void channelRead(ChannelHandlerContext context, Object bytes) {
          weather.reply(Relay.this, (ByteBuf) bytes);
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
          if (!vanished) {
            var unused = client.close();
          }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
          var unused = context.close();
        }
      };
    }

    /** At once, unless others are held back: bytes never overtake one another. */
    void pass(ByteBuf bytes) {
      if (held.isEmpty()) {
        deliver(bytes);
      } else {
        passAfter(bytes, 0);
      }
    }

    void passAfter(ByteBuf bytes, long millis) {
      long now = System.nanoTime();
      freeAt = Math.max(freeAt, now + TimeUnit.MILLISECONDS.toNanos(millis));
      hold(bytes, now);
    }

    /** When what came before it is through, and then so long. */
    void passAfterOthers(ByteBuf bytes, long nanos) {
      long now = System.nanoTime();
      freeAt = Math.max(freeAt, now) + nanos;
      hold(bytes, now);
    }

    private void hold(ByteBuf bytes, long now) {
      held.add(bytes);
      // Two that are due at once may be run in any order, so each delivers what comes first.
      var unused = client
          .eventLoop()
          .schedule(() -> deliver(held.remove()), freeAt - now, TimeUnit.NANOSECONDS);
    }

    private void deliver(ByteBuf bytes) {
      if (vanished) {
        bytes.release();
      } else {
        var unused = client.writeAndFlush(bytes);
      }
    }

    void resetAfterHalf(ByteBuf bytes) {
      bytes.writerIndex(bytes.readerIndex() + bytes.readableBytes() / 2);
      var unused = client.writeAndFlush(bytes).addListener(written -> resetNow());
    }

    void reset() {
      client.eventLoop().execute(this::resetNow);
    }

    private void resetNow() {
      if (client.isOpen()) {
        client.config().setOption(ChannelOption.SO_LINGER, 0);
        var unused = client.close();
      }
    }
  }
}
