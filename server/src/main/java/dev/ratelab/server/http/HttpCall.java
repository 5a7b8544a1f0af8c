package dev.ratelab.server.http;

import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;

/**
 * A request as it was read.
 *
 * @param method its method
 * @param target its target, as it was sent
 * @param headers its headers
 * @param body its whole body, not copied
 * @param caller who asks
 */
@SuppressWarnings("ArrayRecordComponent") // made and read in one place, never compared
public record HttpCall(
    HttpMethod method, String target, HttpHeaders headers, byte[] body, ClientIdentity caller) {}
