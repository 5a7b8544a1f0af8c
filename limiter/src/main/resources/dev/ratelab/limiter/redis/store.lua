if same_reset and grace == 0 then
  -- Leaves the expiry as it is, and costs less than setting it again.
  call('SETRANGE', key, 0, next_state)
else
  -- The millisecond of the server's clock, rounded up, at which a state that is over at `reset` may go.
  local expiry = server + reset - now + grace
  expiry = (expiry + -expiry % 1000) / 1000 .. ''
  if is_log then
    call('HSET', key, 'newest', next_state)
    call('PEXPIREAT', key, expiry)
  else
    call('SET', key, next_state, 'PXAT', expiry)
  end
end
