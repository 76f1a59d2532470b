# shellcheck shell=bash
# Asks the cloud for an enrolment token, for those who have an API token. Sourced by flash.sh.

# json_text NAME < JSON: the first string of that name; our tokens, ids and addresses have no escapes in them.
json_text() { tr -d '\n' | sed -n "s/.*\"$1\" *: *\"\([^\"\\\\]*\)\".*/\1/p"; }

# api METHOD PATH [BODY]: the body into $work_dir/reply, the status to standard output; the token comes by standard input.
api() {
  {
    printf 'header = "authorization: Bearer %s"\n' "$answer_api_token"
    [ -z "${3:-}" ] || printf 'header = "content-type: application/json"\n'
  } | curl -sS --max-time 20 -K - -X "$1" ${3:+--data-binary "$3"} -o "$work_dir/reply" -w '%{http_code}' "${answer_cloud%/}$2" 2>"$work_dir/why" ||
    printf ' failed'
}

refuse_status() {
  case $1 in
    *failed) fail "The cloud $answer_cloud does not answer ($(head -c 200 "$work_dir/why" | tr '\n' ' ')). Is it running, and is the address right?" ;;
    401) fail "The cloud refuses the API token: it is wrong, revoked or expired. Make a new one in the panel (Me, API tokens)." ;;
    403) fail "This API token may not add speakers. It needs the rights devices:write and homes:read, and its owner must be an administrator of the home." ;;
    404) fail "$answer_cloud answers, but has no such home or is no Mynah cloud of this version." ;;
    429) fail "The cloud was asked too often. Wait a minute and start again." ;;
    *) fail "The cloud answers with status $1 and gives no enrolment token." ;;
  esac
}

# Before it is sent anywhere.
check_api_token() {
  case $answer_api_token in *[!A-Za-z0-9._~-]* | '') fail "That is no API token. Copy it again from the panel (Me, API tokens)." ;; esac
}

# Those that the cloud trusts at this moment. What this API token may not see is said, and the card is written without.
fetch_firmware_keys() {
  local status
  status=$(api GET /api/system/firmware-keys)
  case $status in
    200) answer_firmware_keys=$(grep -o 'mynah-fw1\.[A-Za-z0-9_-]*' "$work_dir/reply" | sort -u | tr '\n' ',' | sed 's/,$//') ;;
    401 | *failed) refuse_status "$status" ;;
    *) say "This API token may not see the keys of releases (it needs system:read): the speaker will take no updates. Give them with --firmware-keys." ;;
  esac
  [ -z "$answer_firmware_keys" ] || check_firmware_keys "$answer_firmware_keys"
}

fetch_token() {
  local status home count body
  home=$answer_home
  if [ -z "$home" ]; then
    status=$(api GET /api/homes)
    [ "$status" = 200 ] || refuse_status "$status"
    count=$(grep -o '"home_id"' "$work_dir/reply" | wc -l | tr -d ' ')
    [ "$count" = 1 ] || fail "You have $count homes. Say which one the speaker is for: --home ID (the panel shows it under Homes)."
    home=$(json_text home_id <"$work_dir/reply")
  fi
  body="{\"name\":$(double_quoted "$answer_name"),\"language\":\"$answer_language\",\"time_zone\":\"$answer_time_zone\""
  [ -z "$answer_room" ] || body="$body,\"room\":$(double_quoted "$answer_room")"
  body="$body}"
  status=$(api POST "/api/homes/$home/enrolment-tokens" "$body")
  [ "$status" = 201 ] || refuse_status "$status"
  answer_token=$(json_text token <"$work_dir/reply")
  check_token "$answer_token"
}
