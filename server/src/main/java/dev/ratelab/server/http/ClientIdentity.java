package dev.ratelab.server.http;

import io.netty.channel.Channel;
import io.netty.handler.ssl.SslHandler;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;

/**
 * Who asks, as far as the connection proves it.
 *
 * @param certified the subject of the client's certificate, which a trusted authority signed; null if it showed none
 */
public record ClientIdentity(@Nullable String certified) {
  /** Somebody who has proved nothing. */
  public static final ClientIdentity UNKNOWN = new ClientIdentity(null);

  /** The client of a connection whose TLS handshake, if it has one, is over. */
  static ClientIdentity of(Channel connection) {
    SslHandler tls = connection.pipeline().get(SslHandler.class);
    if (tls == null) {
      return UNKNOWN;
    }
    try {
      return new ClientIdentity(tls.engine().getSession().getPeerPrincipal().getName());
    } catch (SSLPeerUnverifiedException e) {
      return UNKNOWN;
    }
  }
}
