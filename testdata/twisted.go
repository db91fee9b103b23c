package testdata

// TwistedDecision is what Twisted's NetstringReceiver made of a stream that stayed open.
type TwistedDecision struct {
	Stream  string
	Strings []string // that it delivered
	Limit   int      // its MAX_LENGTH

	// Dropped is after how many bytes it dropped the connection; zero if it did not.
	Dropped int
}

// TwistedDecisions are those of Twisted 22.4 and 24.7. After a length they wait for one byte
// more if they see a line feed, for their regular expression ends in "$", which lets one
// pass; 8.2 and 10.1 do not.
var TwistedDecisions = []TwistedDecision{
	{Stream: "", Limit: 99_999},
	{Stream: "0:,", Strings: []string{""}, Limit: 99_999},
	{Stream: "5:hello,", Strings: []string{"hello"}, Limit: 99_999},
	{Stream: "1:,,", Strings: []string{","}, Limit: 99_999},
	{Stream: "3:1:a,", Strings: []string{"1:a"}, Limit: 99_999},
	{Stream: "5:hel", Limit: 99_999},
	{Stream: "5:hello", Limit: 99_999},
	{Stream: "5", Limit: 99_999},
	{Stream: "5:", Limit: 99_999},
	{Stream: "12:hello world!,", Strings: []string{"hello world!"}, Limit: 99_999},
	{Stream: "5:hello,5:world,", Strings: []string{"hello", "world"}, Limit: 99_999},
	{Stream: "0:,0:,0:,", Strings: []string{"", "", ""}, Limit: 99_999},
	{Stream: "3:abc,3:de", Strings: []string{"abc"}, Limit: 99_999},
	{Stream: "3:abc,x", Strings: []string{"abc"}, Limit: 99_999, Dropped: 7},
	{Stream: "3:abc,03:def,", Strings: []string{"abc"}, Limit: 99_999, Dropped: 8},
	{Stream: "3:abc,:", Strings: []string{"abc"}, Limit: 99_999, Dropped: 7},
	{Stream: "3:abc,\n3:def,", Strings: []string{"abc"}, Limit: 99_999, Dropped: 7},
	{Stream: "5:hello!", Limit: 99_999, Dropped: 8},
	{Stream: "5:hello;5:world,", Limit: 99_999, Dropped: 8},
	{Stream: "5:helloX,", Limit: 99_999, Dropped: 8},
	{Stream: "6:hello,", Limit: 99_999},
	{Stream: "6:hello,,", Strings: []string{"hello,"}, Limit: 99_999},
	{Stream: "6:hello,5:world,", Limit: 99_999, Dropped: 9},
	{Stream: "00:,", Limit: 99_999, Dropped: 2},
	{Stream: "01:a,", Limit: 99_999, Dropped: 2},
	{Stream: "007:abcdefg,", Limit: 99_999, Dropped: 2},
	{Stream: "0", Limit: 99_999},
	{Stream: "0:x,", Limit: 99_999, Dropped: 3},
	{Stream: ":abc,", Limit: 99_999, Dropped: 1},
	{Stream: "abc,", Limit: 99_999, Dropped: 1},
	{Stream: ",", Limit: 99_999, Dropped: 1},
	{Stream: "-1:a,", Limit: 99_999, Dropped: 1},
	{Stream: "+1:a,", Limit: 99_999, Dropped: 1},
	{Stream: " 1:a,", Limit: 99_999, Dropped: 1},
	{Stream: "1 :a,", Limit: 99_999, Dropped: 2},
	{Stream: "1a:x,", Limit: 99_999, Dropped: 2},
	{Stream: "1,a", Limit: 99_999, Dropped: 2},
	{Stream: "5\n", Limit: 99_999},
	{Stream: "5\n:hello,", Limit: 99_999, Dropped: 3},
	{Stream: "5\r:hello,", Limit: 99_999, Dropped: 2},
	{Stream: "\n", Limit: 99_999, Dropped: 1},
	{Stream: "0\n", Limit: 99_999},
	{Stream: "1\n2:x", Limit: 99_999, Dropped: 3},
	{Stream: "0x5:hello,", Limit: 99_999, Dropped: 2},
	{Stream: "1e1:0123456789,", Limit: 99_999, Dropped: 2},
	{Stream: "1_0:0123456789,", Limit: 99_999, Dropped: 2},
	{Stream: "\xd9\xa1:a,", Limit: 99_999, Dropped: 1},
	{Stream: "\xff", Limit: 99_999, Dropped: 1},
	{Stream: "\x00", Limit: 99_999, Dropped: 1},
	{Stream: "4:\x00\xff\n,,", Strings: []string{"\x00\xff\n,"}, Limit: 99_999},
	{Stream: "99999:", Limit: 99_999},
	{Stream: "100000", Limit: 99_999, Dropped: 6},
	{Stream: "100000:", Limit: 99_999, Dropped: 6},
	{Stream: "99999", Limit: 99_999},
	{Stream: "999990", Limit: 99_999, Dropped: 6},
	{Stream: "1000000:", Limit: 99_999, Dropped: 6},
	{Stream: "999999999999999999999999999999:x,", Limit: 99_999, Dropped: 6},
	{Stream: "3:abc,100000:", Strings: []string{"abc"}, Limit: 99_999, Dropped: 12},
	{Stream: "27:cummingsify.HERE IS MY POEM,", Strings: []string{"cummingsify.HERE IS MY POEM"}, Limit: 99_999},
	{Stream: "5:hello,", Strings: []string{"hello"}, Limit: 5},
	{Stream: "6:hello!,", Limit: 5, Dropped: 1},
	{Stream: "10:", Limit: 5, Dropped: 2},
	{Stream: "10:0123456789,", Strings: []string{"0123456789"}, Limit: 10},
	{Stream: "11:0123456789a,", Limit: 10, Dropped: 2},
	{Stream: "100:", Limit: 10, Dropped: 3},
}
