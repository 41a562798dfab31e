# What the Sallyport under measurement checks of a call, as far as OPA can: token, grant, arguments by the pinned schema, the rule
# with two constraints and one condition. It has no limits.
package sallyport

default allow := false

allow if {
	call.method == "tools/call"
	token.iss == "https://issuer.example"
	grants_path
	arguments_valid
	path_under(arguments.path, "/workspace")
	limit_ok
	token.sub in readers
	clock[0] < 24
}

readers := {"user:report", "user:editor"}

call := input.parsed_body

arguments := call.params.arguments

clock := time.clock(time.now_ns())

token := claims if {
	[scheme, compact] := split(input.attributes.request.http.headers.authorization, " ")
	lower(scheme) == "bearer"
	[valid, _, claims] := io.jwt.decode_verify(compact, {
		"cert": json.marshal(data.jwks),
		"iss": "https://issuer.example",
		"aud": "http://127.0.0.1:8700/files",
	})
	valid
}

grants_path if {
	some detail in token.authorization_details
	detail.type == "https://sallyport.dev/rar/tool-call/1"
	"http://127.0.0.1:8700/files" in detail.locations
	"tools/call" in detail.actions
	grant := detail.tools[call.params.name]
	path_under(arguments.path, grant.args.path.root)
}

arguments_valid if {
	known := {"path", "limit", "note"}
	every name, _ in arguments { name in known }
	is_string(arguments.path)
	is_number(object.get(arguments, "limit", 0))
	is_string(object.get(arguments, "note", ""))
}

limit_ok if object.get(arguments, "limit", 0) <= 100

path_under(path, root) if {
	startswith(path, concat("", [root, "/"]))
	not contains(path, "/../")
	not endswith(path, "/..")
	not contains(path, "//")
}
