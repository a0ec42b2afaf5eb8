-- Asks for the addresses of a file in turn, starting anywhere; prints one line of JSON.
local asked, at = {}, 0

function init(args)
  for i = 2, #args - 1, 2 do wrk.headers[args[i]] = args[i + 1] end
  -- Made once: to ask for many addresses costs the asker no more than to ask for one.
  for line in io.lines(args[1]) do asked[#asked + 1] = wrk.format("GET", line) end
  math.randomseed(7)
  at = math.random(#asked)
end

function request()
  at = at % #asked + 1
  return asked[at]
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format('{"rate": %.1f, "answers": %d, "p50": %.3f, "p95": %.3f, "bytes": %d, "errors": %d}\n',
    summary.requests / (summary.duration / 1e6), summary.requests,
    latency:percentile(50) / 1000, latency:percentile(95) / 1000,
    summary.bytes / math.max(summary.requests, 1),
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
