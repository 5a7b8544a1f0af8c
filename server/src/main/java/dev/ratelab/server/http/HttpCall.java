package dev.ratelab.server.http;

import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A request as it was read.
 *
 * @param target its target, as it was sent
 * @param fields its header fields, which are read when they are asked for
 * @param body its whole body, not copied
 * @param certified the subject of the client's certificate, which a trusted authority signed; null if it showed none
 */
@SuppressWarnings("ArrayRecordComponent") // made and read in one place, never compared
public record HttpCall(
    HttpMethod method,
    String target,
    Supplier<HttpHeaders> fields,
    byte[] body,
    @Nullable String certified) {
  public HttpHeaders headers() {
    return fields.get();
  }
}
