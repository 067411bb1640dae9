// Gets a token with golang.org/x/oauth2, as a partner's program would.
package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"net/url"
	"os"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

func main() {
	certificate, err := tls.LoadX509KeyPair(os.Getenv("CERTIFICATE"), os.Getenv("KEY"))
	if err != nil {
		log.Fatal(err)
	}
	ca, err := os.ReadFile(os.Getenv("CA"))
	if err != nil {
		log.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(ca)
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{
		Certificates: []tls.Certificate{certificate},
		RootCAs:      roots,
	}}}
	style := oauth2.AuthStyleAutoDetect // first Basic with an empty secret
	if os.Getenv("AUTH_STYLE") == "in_params" {
		style = oauth2.AuthStyleInParams
	}
	config := clientcredentials.Config{
		ClientID:       os.Getenv("CLIENT_ID"),
		TokenURL:       os.Getenv("TOKEN_ENDPOINT"),
		Scopes:         []string{os.Getenv("SCOPE")},
		EndpointParams: url.Values{},
		AuthStyle:      style,
	}
	token, err := config.Token(context.WithValue(context.Background(), oauth2.HTTPClient, client))
	if err != nil {
		log.Fatal(err)
	}
	out, _ := json.Marshal(map[string]string{"access_token": token.AccessToken, "token_type": token.TokenType})
	fmt.Println(string(out))
}
