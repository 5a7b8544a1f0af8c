-- A SET puts another value and another expiry in the place of those that are there. To change both where they are costs Redis half
-- as much, although it is two commands; all states of an algorithm are equally long.
if is_log then
  call('HSET', key, 'newest', next_state)
elseif state then
  call('SETRANGE', key, 0, next_state)
end
if not same_reset or grace > 0 then
  -- The millisecond of the server's clock, rounded up, at which a state that is over at `reset` may go.
  local expiry = server + reset - now + grace
  expiry = (expiry + -expiry % 1000) / 1000 .. ''
  if is_log or state then
    call('PEXPIREAT', key, expiry)
  else
    call('SET', key, next_state, 'PXAT', expiry)
  end
end
