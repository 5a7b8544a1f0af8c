package dev.ratelab.limiter.redis;

import io.lettuce.core.RedisURI;
import io.lettuce.core.resource.DnsResolver;
import io.lettuce.core.resource.SocketAddressResolver;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.UnknownHostException;

/**
 * Gives Lettuce, which tries one address of a name only, the first that takes connections. It waits no longer than the server's
 * own timeout.
 */
final class FirstListening extends SocketAddressResolver {
  FirstListening() {
    super(DnsResolver.unresolved());
  }

  @Override
  public SocketAddress resolve(RedisURI server) {
    try {
      InetAddress[] addresses = InetAddress.getAllByName(server.getHost());
      if (addresses.length == 1) {
        return new InetSocketAddress(addresses[0], server.getPort());
      }
      long end = System.nanoTime()
          + Math.min(LettuceSettings.CONNECT.toNanos(), server.getTimeout().toNanos());
      try (Socket tried = DeadlineSocket.connect(server.getHost(), server.getPort(), end)) {
        return tried.getRemoteSocketAddress();
      }
    } catch (UnknownHostException e) {
      return InetSocketAddress.createUnresolved(server.getHost(), server.getPort());
    } catch (IOException e) {
      // Lettuce tells why.
      return super.resolve(server);
    }
  }
}
